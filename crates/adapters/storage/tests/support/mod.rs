//! Parts of the tests of the store.

use std::path::Path;
use std::process::{Command, Output};

use baton_ports::{StoredItem, WallTime};
use baton_types::ConversationId;
use serde_json::json;

/// Tells a test that it is the child which [`child`] started, and on which file it works.
pub(crate) const CHILD: &str = "BATON_TEST_STORE_CHILD";

pub(crate) fn conversation(number: u32) -> ConversationId {
    format!("0190b6b2-0000-7000-8000-{number:012x}").parse().unwrap()
}

pub(crate) fn item(index: u64, text: &str) -> StoredItem {
    StoredItem {
        index,
        written: WallTime(1_000 + i64::try_from(index).unwrap()),
        kind: "user".to_owned(),
        text: text.to_owned(),
        body: json!({"text": text}),
    }
}

/// This test program again, as another process that runs the one test `name` on `file`.
pub(crate) fn child(program: &Path, name: &str, file: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(["--exact", name, "--nocapture", "--test-threads=1"]).env(CHILD, file);
    command
}

pub(crate) fn assert_passed(output: &Output) {
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "the child failed:\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 passed"), "the child ran no test:\n{text}");
}
