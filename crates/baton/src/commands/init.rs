//! `baton init`: a configuration file to start from, with every key as a comment.

use std::fs::OpenOptions;
use std::io::Write;

use baton_server::config;

use crate::cli::Init;
use crate::context::Failure;
use crate::output;

pub(crate) fn run(arguments: &Init) -> Result<(), Failure> {
    let path = &arguments.out;
    let mut options = OpenOptions::new();
    options.write(true);
    if arguments.force {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    let written = options.open(path).and_then(|mut file| file.write_all(template().as_bytes()));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::usage(format!("{} is there already: --force writes over it", path.display()))
        }
        _ => Failure::failed(format!("cannot write {}: {error}", path.display())),
    })?;
    output::note(&format!("{} is written; `baton config show` says what is in force", path.display()));
    Ok(())
}

fn template() -> String {
    let mut text = String::from(
        "# Baton's configuration. Every key is optional; what stands here as a comment is the default.\n\
         # Keys of services never stand in this file: it names the environment variables that hold them.\n",
    );
    let mut section = String::new();
    for key in config::keys() {
        let (name, leaf) = key.path.split_once('.').unwrap_or((&key.path, ""));
        if name != section {
            text.push_str(&format!("\n[{name}]\n"));
            section = name.to_owned();
        }
        let choices = match key.choices.as_slice() {
            [] => String::new(),
            some => format!(" ({})", some.join(", ")),
        };
        let default = match key.default.as_f64() {
            Some(number) => format!("{}", number as f32),
            None => key.default.to_string(),
        };
        text.push_str(&format!("# {}{choices}\n# {leaf} = {default}\n", key.doc));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_the_default_configuration_with_or_without_its_comment_signs() {
        let plain = toml::from_str::<config::Config>(&template()).unwrap();
        assert_eq!(plain, config::Config::default());
        let lines: Vec<_> = template()
            .lines()
            .map(|line| {
                match line
                    .strip_prefix("# ")
                    .filter(|rest| rest.contains(" = ") && !rest.starts_with(char::is_uppercase))
                {
                    Some(setting) => setting.to_owned(),
                    None => line.to_owned(),
                }
            })
            .collect();
        assert_eq!(toml::from_str::<config::Config>(&lines.join("\n")).unwrap(), config::Config::default());
    }
}
