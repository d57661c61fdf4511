//! The walls between the crates: who may depend on whom, and what the pure crates may not know.
//!
//! A new line in the table is a change of the architecture and comes with a decision note.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Finding;
use crate::workspace::PURE_CRATES;

/// One crate: its layer and the inner crates that it may use.
struct Rule {
    name: &'static str,
    layer: u8,
    allowed: &'static [&'static str],
    /// For its tests only.
    allowed_in_tests: &'static [&'static str],
}

/// Tools for development stand above everything and nothing may depend on them but tests.
const DEVELOPMENT: u8 = 9;

const fn rule(name: &'static str, layer: u8, allowed: &'static [&'static str]) -> Rule {
    Rule { name, layer, allowed, allowed_in_tests: &[] }
}

const fn rule_with_tests(
    name: &'static str,
    layer: u8,
    allowed: &'static [&'static str],
    allowed_in_tests: &'static [&'static str],
) -> Rule {
    Rule { name, layer, allowed, allowed_in_tests }
}

/// What an adapter may use: the ports, their types and pure computation.
const ADAPTER: &[&str] = &["baton-types", "baton-ports", "baton-audio", "baton-speakable"];
const TESTKIT: &[&str] = &["baton-testkit"];

const RULES: &[Rule] = &[
    rule("baton-types", 0, &[]),
    rule("baton-session", 1, &["baton-types"]),
    rule("baton-agents", 1, &["baton-types"]),
    rule("baton-audio", 1, &["baton-types"]),
    rule("baton-speakable", 1, &["baton-types"]),
    rule("baton-ports", 1, &["baton-types"]),
    rule_with_tests(
        "baton-runtime",
        2,
        &["baton-types", "baton-session", "baton-agents", "baton-audio", "baton-speakable", "baton-ports"],
        TESTKIT,
    ),
    rule_with_tests("baton-speech", 2, ADAPTER, TESTKIT),
    rule_with_tests("baton-llm", 2, ADAPTER, TESTKIT),
    rule_with_tests("baton-storage", 2, ADAPTER, TESTKIT),
    rule_with_tests("baton-transports", 2, ADAPTER, TESTKIT),
    rule_with_tests("baton-model-store", 2, ADAPTER, TESTKIT),
    rule_with_tests(
        "baton-server",
        3,
        &[
            "baton-types",
            "baton-session",
            "baton-agents",
            "baton-audio",
            "baton-speakable",
            "baton-ports",
            "baton-runtime",
            "baton-speech",
            "baton-llm",
            "baton-storage",
            "baton-transports",
            "baton-model-store",
        ],
        TESTKIT,
    ),
    rule_with_tests(
        "baton",
        4,
        &[
            "baton-types",
            "baton-session",
            "baton-agents",
            "baton-audio",
            "baton-speakable",
            "baton-ports",
            "baton-runtime",
            "baton-server",
        ],
        TESTKIT,
    ),
    rule("baton-sim", DEVELOPMENT, &["baton-types", "baton-session"]),
    rule("baton-testkit", DEVELOPMENT, &["baton-types", "baton-ports"]),
    rule("xtask", DEVELOPMENT, &[]),
];

/// What brings a clock, threads, entropy or the world; no pure crate depends on it.
const IMPURE: &[&str] = &[
    "async-std",
    "crossbeam-channel",
    "etcetera",
    "fastrand",
    "getrandom",
    "hyper",
    "mio",
    "rand",
    "rayon",
    "reqwest",
    "rustix",
    "sqlx",
    "tempfile",
    "tokio",
    "tokio-util",
    "tracing-subscriber",
];

/// Checks `cargo metadata --no-deps`.
pub(super) fn check(metadata: &Value) -> Vec<Finding> {
    let rules: BTreeMap<&str, &Rule> = RULES.iter().map(|rule| (rule.name, rule)).collect();
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let mut findings = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or("");
        if package["description"].as_str().unwrap_or("").trim().is_empty() {
            findings.push(Finding::new("description", 0, format!("{name} has no description")));
        }
        match rules.get(name) {
            Some(rule) => findings.extend(check_package(rule, package)),
            None => {
                let words = format!("{name} has no place among the layers; add it to xtask/src/tidy/layers.rs");
                findings.push(Finding::new("layers", 0, words));
            }
        }
    }
    findings
}

fn check_package(rule: &Rule, package: &Value) -> Vec<Finding> {
    let is_pure = PURE_CRATES.iter().any(|name| rule.name.strip_prefix("baton-") == Some(name));
    let mut findings = Vec::new();
    for dependency in package["dependencies"].as_array().map_or(&[][..], Vec::as_slice) {
        let name = dependency["name"].as_str().unwrap_or("");
        let is_for_tests = dependency["kind"] == "dev";
        if dependency["path"].is_string() {
            let allowed = rule.allowed.contains(&name) || (is_for_tests && rule.allowed_in_tests.contains(&name));
            if !allowed {
                let words = format!("{} (layer {}) may not depend on {name}", rule.name, rule.layer);
                findings.push(Finding::new("layers", 0, words));
            }
        } else if is_pure && !is_for_tests && IMPURE.contains(&name) {
            let words = format!("{} is pure and may not depend on {name}", rule.name);
            findings.push(Finding::new("layers", 0, words));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(name: &str, dependencies: Value) -> Value {
        json!({"packages": [{"name": name, "description": "what it is", "dependencies": dependencies}]})
    }

    fn found(metadata: &Value) -> Vec<String> {
        check(metadata).into_iter().map(|finding| finding.words).collect()
    }

    #[test]
    fn every_arrow_of_the_table_points_down() {
        for rule in RULES {
            for allowed in rule.allowed {
                let other = RULES.iter().find(|other| other.name == *allowed).expect("the table names its crates");
                assert!(other.layer < rule.layer, "{} -> {allowed}", rule.name);
            }
        }
    }

    #[test]
    fn a_sideways_dependency_is_found() {
        let metadata = package("baton-session", json!([{"name": "baton-agents", "kind": null, "path": "/r"}]));
        assert_eq!(found(&metadata), ["baton-session (layer 1) may not depend on baton-agents"]);
    }

    #[test]
    fn the_testkit_serves_tests_only() {
        let kind = |kind: Value| package("baton-llm", json!([{"name": "baton-testkit", "kind": kind, "path": "/r"}]));
        assert!(found(&kind(json!("dev"))).is_empty());
        assert_eq!(found(&kind(Value::Null)), ["baton-llm (layer 2) may not depend on baton-testkit"]);
    }

    #[test]
    fn a_runtime_below_a_pure_crate_is_found_except_in_its_tests() {
        let kind = |kind: Value| package("baton-session", json!([{"name": "tokio", "kind": kind}]));
        assert_eq!(found(&kind(Value::Null)), ["baton-session is pure and may not depend on tokio"]);
        assert!(found(&kind(json!("dev"))).is_empty());
    }

    #[test]
    fn a_crate_without_a_place_or_a_description_is_found() {
        let metadata = json!({"packages": [{"name": "baton-core", "description": null, "dependencies": []}]});
        assert_eq!(check(&metadata).iter().map(|finding| finding.rule).collect::<Vec<_>>(), ["description", "layers"]);
    }
}
