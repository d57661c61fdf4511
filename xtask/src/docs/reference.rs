//! The configuration reference: a JSON Schema as tables, one a section.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use serde_json::Value;

/// Renders the schema that `baton config schema` prints.
pub(super) fn markdown(schema: &str) -> Result<String> {
    let schema: Value = serde_json::from_str(schema).context("failed to read the schema")?;
    let mut page = String::new();
    section(&schema, &schema, &[], &mut page);
    Ok(page)
}

/// One table with the keys that hold values; the sections below it follow as tables of their own.
fn section(root: &Value, node: &Value, path: &[&str], page: &mut String) {
    let Some(properties) = node["properties"].as_object() else { return };
    let (sections, keys): (Vec<_>, Vec<_>) =
        properties.iter().map(|(name, node)| (name.as_str(), node)).partition(|(_, node)| is_section(root, node));
    if !keys.is_empty() {
        if !path.is_empty() {
            let _ = writeln!(page, "### `[{}]`\n", path.join("."));
            let words = words(node);
            if !words.is_empty() {
                let _ = writeln!(page, "{words}\n");
            }
        }
        page.push_str("| key | type | default | environment | meaning |\n|---|---|---|---|---|\n");
        for (name, node) in keys {
            row(root, node, path, name, page);
        }
        page.push('\n');
    }
    for (name, node) in sections {
        let below: Vec<&str> = path.iter().copied().chain([name]).collect();
        let mut resolved = resolve(root, node).clone();
        // What is said where the section is used goes before what its type says.
        if !words(node).is_empty() {
            resolved["description"] = Value::String(words(node));
        }
        section(root, &resolved, &below, page);
    }
}

fn row(root: &Value, node: &Value, path: &[&str], name: &str, page: &mut String) {
    let target = resolve(root, node);
    let words = if words(node).is_empty() { words(target) } else { words(node) };
    let default = node.get("default").or_else(|| target.get("default")).filter(|value| !value.is_null());
    let default = default.map_or_else(String::new, |value| format!("`{value}`"));
    let kind = kind(root, node);
    // Lists and tables of tables have no place in one variable.
    let environment = if kind.starts_with("list of table") || kind == "table" {
        String::new()
    } else {
        let names: Vec<String> = path.iter().chain([&name]).map(|part| part.to_uppercase()).collect();
        format!("`BATON_{}`", names.join("_"))
    };
    let _ = writeln!(page, "| `{name}` | {kind} | {default} | {environment} | {words} |");
}

/// Follows a reference, also when it stands alone in `allOf` or is optional.
fn resolve<'a>(root: &'a Value, node: &'a Value) -> &'a Value {
    if let Some(reference) = node["$ref"].as_str() {
        let found = reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        return found.map_or(node, |found| resolve(root, found));
    }
    for list in ["allOf", "anyOf", "oneOf"] {
        let variants = node[list].as_array().map_or(&[][..], Vec::as_slice);
        let mut real = variants.iter().filter(|variant| variant["type"] != "null");
        if let (Some(only), None) = (real.next(), real.next()) {
            return resolve(root, only);
        }
    }
    node
}

fn is_section(root: &Value, node: &Value) -> bool {
    resolve(root, node)["properties"].is_object()
}

/// The type as a reader says it.
fn kind(root: &Value, node: &Value) -> String {
    let node = resolve(root, node);
    if let Some(values) = node["enum"].as_array() {
        return alternatives(values.iter());
    }
    if let Some(variants) = node["oneOf"].as_array() {
        let constants: Vec<&Value> = variants.iter().filter_map(|variant| variant.get("const")).collect();
        if constants.len() == variants.len() {
            return alternatives(constants.into_iter());
        }
    }
    let name = match &node["type"] {
        Value::String(name) => name.as_str(),
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or("any"),
        _ => "any",
    };
    match name {
        "array" => format!("list of {}", kind(root, &node["items"])),
        "object" => "table".to_owned(),
        "string" => "text".to_owned(),
        "boolean" => "true or false".to_owned(),
        other => other.to_owned(),
    }
}

fn alternatives<'a>(values: impl Iterator<Item = &'a Value>) -> String {
    values.filter(|value| !value.is_null()).map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
}

/// The description in one line, safe for a table.
fn words(node: &Value) -> String {
    let text = node["description"].as_str().unwrap_or("");
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_become_tables_with_defaults_and_environment_names() {
        let schema = r##"{
            "properties": {
                "store": {"$ref": "#/$defs/Store", "description": "Where conversations are kept."},
                "greeting": {"type": "boolean", "default": true, "description": "Speak first."}
            },
            "$defs": {
                "Store": {"type": "object", "properties": {
                    "url": {"type": ["string", "null"], "description": "A file\nor a server."},
                    "mode": {"$ref": "#/$defs/Mode", "default": "wal"}
                }},
                "Mode": {"oneOf": [{"const": "wal"}, {"const": "memory"}]}
            }
        }"##;
        let page = markdown(schema).unwrap();
        assert!(page.starts_with("| key |"), "{page}");
        assert!(page.contains("| `greeting` | true or false | `true` | `BATON_GREETING` | Speak first. |"), "{page}");
        assert!(page.contains("### `[store]`\n\nWhere conversations are kept.\n"), "{page}");
        assert!(page.contains("| `url` | text |  | `BATON_STORE_URL` | A file or a server. |"), "{page}");
        assert!(page.contains("| `mode` | `\"wal\"`, `\"memory\"` | `\"wal\"` | `BATON_STORE_MODE` |  |"), "{page}");
    }

    #[test]
    fn what_is_no_schema_is_an_error() {
        assert!(markdown("no schema").is_err());
    }
}
