//! What every [`Store`] promises.

use baton_ports::{Store, StoredItem, WallTime};
use baton_types::{ConversationId, FaultCode};
use serde_json::json;

/// Tries everything that the port promises on a store that is empty; leaves it empty.
///
/// # Panics
/// Where the store breaks a promise; the message says which.
pub async fn store_conformance(store: &dyn Store) {
    assert!(!store.name().is_empty(), "a store has a name");
    an_unknown_conversation_is_none(store).await;
    items_come_back_in_order_and_whole(store).await;
    an_index_again_replaces(store).await;
    the_list_is_newest_first(store).await;
    pruning_takes_what_is_older(store).await;
    assert_eq!(store.list(10).await.expect("a list of nothing"), [], "the store is left empty");
}

fn conversation(number: u8) -> ConversationId {
    format!("0190b6b2-0000-7000-8000-0000000000{number:02x}").parse().expect("a written id is valid")
}

fn item(index: u64, written: i64, kind: &str, text: &str) -> StoredItem {
    let body = json!({"index": index, "text": text, "deep": {"list": [1, 2.5, null, "é\u{1F3B5}\"\\\n"]}});
    StoredItem { index, written: WallTime(written), kind: kind.to_owned(), text: text.to_owned(), body }
}

async fn an_unknown_conversation_is_none(store: &dyn Store) {
    let id = conversation(1);
    assert_eq!(store.read(id).await.expect("a read"), None, "what was never made is none");
    assert!(!store.delete(id).await.expect("a deletion"), "what was never made cannot be deleted");
    let refused = store.write(id, item(0, 1, "user", "lost")).await.expect_err("no item without its conversation");
    assert_eq!(refused.kind, FaultCode::Missing, "the refusal says that the conversation is missing");
    store.create(id, WallTime(5)).await.expect("a creation");
    assert_eq!(store.read(id).await.expect("a read"), Some(Vec::new()), "a new conversation is there and empty");
    assert!(store.delete(id).await.expect("a deletion"), "it was there");
    assert_eq!(store.read(id).await.expect("a read"), None, "what was deleted is none");
}

async fn items_come_back_in_order_and_whole(store: &dyn Store) {
    let id = conversation(1);
    store.create(id, WallTime(5)).await.expect("a creation");
    let items = [item(0, 10, "note", "hello"), item(1, 11, "user", "één\0 🎵"), item(7, 12, "agent", "")];
    for item in items.iter().rev() {
        store.write(id, item.clone()).await.expect("a write");
    }
    assert_eq!(store.read(id).await.expect("a read"), Some(items.to_vec()), "all items, in the order of their index");
    store.create(id, WallTime(99)).await.expect("a second creation");
    assert_eq!(store.read(id).await.expect("a read").map(|all| all.len()), Some(3), "creating again changes nothing");
    let list = store.list(10).await.expect("a list");
    assert_eq!(
        (list[0].created, list[0].updated),
        (WallTime(5), WallTime(12)),
        "the times are of the first creation and the newest write"
    );
    assert_eq!((list[0].items, list.len()), (3, 1));
    assert!(store.delete(id).await.expect("a deletion"));
    store.create(id, WallTime(5)).await.expect("a creation");
    assert_eq!(store.read(id).await.expect("a read"), Some(Vec::new()), "items go with their conversation");
    assert!(store.delete(id).await.expect("a deletion"));
}

async fn an_index_again_replaces(store: &dyn Store) {
    let id = conversation(1);
    store.create(id, WallTime(0)).await.expect("a creation");
    store.write(id, item(0, 10, "user", "what")).await.expect("a write");
    let longer = item(0, 20, "user", "what time is it");
    store.write(id, longer.clone()).await.expect("a second write");
    assert_eq!(store.read(id).await.expect("a read"), Some(vec![longer]), "the same index again replaces");
    let list = store.list(1).await.expect("a list");
    assert_eq!((list[0].title.as_str(), list[0].items, list[0].updated), ("what time is it", 1, WallTime(20)));
    assert!(store.delete(id).await.expect("a deletion"));
}

async fn the_list_is_newest_first(store: &dyn Store) {
    for (number, at) in [(1, 30), (2, 10), (3, 20), (4, 20)] {
        store.create(conversation(number), WallTime(at)).await.expect("a creation");
    }
    store.write(conversation(2), item(0, 40, "agent", "good morning")).await.expect("a write");
    store.write(conversation(2), item(1, 40, "user", " ")).await.expect("a write");
    store.write(conversation(2), item(2, 40, "user", &"word ".repeat(40))).await.expect("a write");
    store.write(conversation(2), item(3, 40, "user", "later")).await.expect("a write");
    let list = store.list(10).await.expect("a list");
    let order: Vec<_> = list.iter().map(|summary| summary.id).collect();
    assert_eq!(order, [2, 1, 4, 3].map(conversation), "newest first, the later id first at equal times");
    assert_eq!(list[0].title.chars().count(), 80, "a title has at most 80 characters");
    assert!(list[0].title.starts_with("word word") && list[0].title.ends_with('…'), "it is the first text of the user");
    assert_eq!(list[1].title, "", "who said nothing has no title");
    assert_eq!(store.list(2).await.expect("a list"), list[..2], "the limit keeps the newest");
    assert_eq!(store.list(0).await.expect("a list"), [], "a limit of nothing lists nothing");
}

/// Takes over what [`the_list_is_newest_first`] leaves: 1 at 30, 2 at 40, 3 and 4 at 20.
async fn pruning_takes_what_is_older(store: &dyn Store) {
    assert_eq!(store.prune(WallTime(20)).await.expect("a prune"), [], "what is as old as the limit stays");
    let mut gone = store.prune(WallTime(31)).await.expect("a prune");
    gone.sort_unstable();
    assert_eq!(gone, [1, 3, 4].map(conversation), "what is older goes, and is named");
    assert_eq!(store.read(conversation(2)).await.expect("a read").map(|all| all.len()), Some(4), "the rest stays");
    assert_eq!(store.prune(WallTime(i64::MAX)).await.expect("a prune"), [conversation(2)]);
}
