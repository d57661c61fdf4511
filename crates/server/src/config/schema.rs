//! The configuration described: JSON Schema, the list of keys, and the reference page.

use serde_json::Value;

use super::Config;

/// The JSON Schema of `baton.toml`.
#[must_use]
pub fn schema() -> Value {
    schemars::schema_for!(Config).to_value()
}

/// One key.
#[derive(Clone, PartialEq, Debug)]
pub struct Key {
    /// `section.key`.
    pub path: String,
    /// The environment variable that sets it.
    pub env: String,
    /// What it does.
    pub doc: String,
    /// `string`, `boolean`, `integer` or `number`.
    pub kind: String,
    /// What it may be, where that is a closed list.
    pub choices: Vec<String>,
    /// Its default as JSON.
    pub default: Value,
}

/// All keys in order.
#[must_use]
pub fn keys() -> Vec<Key> {
    let schema = schema();
    let defaults = serde_json::to_value(Config::default()).unwrap_or_default();
    let mut keys = Vec::new();
    for (section, property) in properties(&schema) {
        let inner = resolve(&schema, property);
        for (name, leaf) in properties(inner) {
            let target = resolve(&schema, leaf);
            let choices = choices(target);
            let kind = target.get("type").and_then(Value::as_str).unwrap_or("string").to_owned();
            keys.push(Key {
                path: format!("{section}.{name}"),
                env: format!("BATON_{}_{}", section.to_uppercase(), name.to_uppercase()),
                doc: doc(leaf).or_else(|| doc(target)).unwrap_or_default(),
                kind,
                choices,
                default: defaults[section][name].clone(),
            });
        }
    }
    keys
}

/// The reference page, in Markdown.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         Baton runs without a configuration file. Where there is one, it is `baton.toml`: the file named by `--config`, \
         else the one in the\nworking folder, else the one in the platform's configuration folder. Every key can also be \
         set by the environment variable\nnamed with it, which goes over the file. `baton config show` prints what is in \
         force and where each value comes from,\n`baton config schema` prints a JSON Schema for editors, `baton init` \
         writes a file to start from.\n\n\
         This page is generated from the program (`baton config schema --markdown`).\n",
    );
    let schema = schema();
    let mut section = String::new();
    for key in keys() {
        let (name, leaf) = key.path.split_once('.').unwrap_or((&key.path, ""));
        if name != section {
            let about = doc(&schema["properties"][name]).unwrap_or_default();
            page.push_str(&format!(
                "\n## `[{name}]`\n\n{about}\n\n| key | default | environment | what it does |\n|---|---|---|---|\n"
            ));
            section = name.to_owned();
        }
        let mut about = key.doc.replace('\n', " ").replace('|', "\\|");
        if !key.choices.is_empty() {
            about.push_str(&format!(" One of `{}`.", key.choices.join("`, `")));
        }
        let default = match &key.default {
            Value::String(text) if text.is_empty() => "empty".to_owned(),
            Value::String(text) => format!("`\"{}\"`", text.replace('|', "\\|")),
            // An f32 read as f64 shows digits that nobody wrote.
            Value::Number(number) => format!("`{}`", number.as_f64().map_or(0.0, |n| n as f32)),
            other => format!("`{other}`"),
        };
        page.push_str(&format!("| `{leaf}` | {default} | `{}` | {about} |\n", key.env));
    }
    page
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten()
}

fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema
        .get("$ref")
        .or_else(|| schema.get("allOf").and_then(|all| all.get(0)).and_then(|first| first.get("$ref")))
        .and_then(Value::as_str)
        .and_then(|path| path.strip_prefix("#/"));
    match reference {
        Some(path) => path.split('/').fold(root, |value, step| value.get(step).unwrap_or(&Value::Null)),
        None => schema,
    }
}

fn choices(schema: &Value) -> Vec<String> {
    let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    let described = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    listed.chain(described.filter_map(|one| one.get("const"))).filter_map(Value::as_str).map(str::to_owned).collect()
}

fn doc(schema: &Value) -> Option<String> {
    schema.get("description").and_then(Value::as_str).map(|text| text.replace('\n', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_name_a_kind_and_an_explanation() {
        let keys = keys();
        assert!(keys.len() > 30, "{}", keys.len());
        for key in &keys {
            assert!(!key.doc.is_empty(), "{} is not explained", key.path);
            assert!(
                ["string", "boolean", "integer", "number"].contains(&key.kind.as_str()),
                "{}: {}",
                key.path,
                key.kind
            );
            assert!(!key.default.is_null(), "{} has no default", key.path);
        }
        let store = keys.iter().find(|key| key.path == "store.url").unwrap();
        assert_eq!(store.env, "BATON_STORE_URL");
        let provider = keys.iter().find(|key| key.path == "tts.provider").unwrap();
        assert_eq!(provider.choices, ["auto", "embedded", "system", "none"]);
    }

    #[test]
    fn the_reference_page_names_every_key() {
        let page = markdown();
        for key in keys() {
            assert!(page.contains(&key.env), "{} is missing", key.env);
        }
    }
}
