//! `baton config`.

use serde_json::json;

use crate::cli::{ConfigArguments, ConfigCommand};
use crate::context::{Context, Failure};
use crate::output;

pub(crate) fn run(context: &Context, arguments: &ConfigArguments) -> Result<(), Failure> {
    match arguments.command {
        ConfigCommand::Show { json } => show(context, json),
        ConfigCommand::Schema { markdown: true } => output::line(baton_server::config::markdown().trim_end()),
        ConfigCommand::Schema { markdown: false } => {
            let schema = baton_server::config::schema();
            output::line(&serde_json::to_string_pretty(&schema).map_err(|error| Failure::failed(error.to_string()))?);
        }
    }
    Ok(())
}

fn show(context: &Context, as_json: bool) {
    if !as_json {
        match &context.loaded.file {
            Some(file) => output::line(&format!("# file: {}", file.display())),
            None => output::line("# no file: every value is a default or comes from the environment"),
        }
    }
    for setting in &context.loaded.settings {
        let origin = setting.origin.to_string();
        if as_json {
            output::json(&json!({ "key": setting.path, "value": setting.value, "origin": origin }));
        } else {
            output::line(&format!("{} = {}  # {origin}", setting.path, setting.value));
        }
    }
}
