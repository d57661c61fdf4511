//! `baton doctor`.

use baton_server::doctor::{self, State};
use serde_json::json;

use crate::cli::Doctor;
use crate::context::{Context, Failure};
use crate::output;

pub(crate) async fn run(context: &Context, arguments: &Doctor) -> Result<(), Failure> {
    let findings = doctor::examine(&context.loaded, &context.paths, &context.environment).await;
    if arguments.json {
        output::json(&json!({
            "ok": findings.can_converse, "checks": findings.checks, "leaves_this_machine": findings.leaves,
        }));
    } else {
        for check in &findings.checks {
            let mark = match check.state {
                State::Ok => "ok     ",
                State::Missing => "MISSING",
                State::Optional => "-      ",
            };
            output::line(&format!("{mark}  {:<22} {}", check.name, check.detail));
            if let Some(todo) = &check.todo {
                output::line(&format!("         {:<22} -> {todo}", ""));
            }
        }
        output::line("");
        output::line("What leaves this machine:");
        for line in &findings.leaves {
            output::line(&format!("  {line}"));
        }
        output::line("");
        output::line(match findings.can_converse {
            true => "Baton can hold a spoken conversation here.",
            false => "A spoken conversation is not possible yet: see MISSING above.",
        });
    }
    match findings.can_converse {
        true => Ok(()),
        false => Err(Failure { code: 1, message: String::new() }),
    }
}
