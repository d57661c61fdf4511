//! `baton conversations`.

use baton_ports::{Store, StoredItem, WallTime};
use serde_json::json;

use crate::cli::{Conversations, ConversationsCommand};
use crate::context::{Context, Failure};
use crate::output;

pub(crate) async fn run(context: &Context, arguments: &Conversations) -> Result<(), Failure> {
    let Some(store) = context.store().await? else {
        return Err(Failure::usage("`store.url` is `memory:`: no conversations are kept"));
    };
    let store = store.as_ref();
    match &arguments.command {
        ConversationsCommand::List { limit } => list(store, *limit, arguments.json).await,
        ConversationsCommand::Show { id } => show(store, id, arguments.json).await,
        ConversationsCommand::Export { id } => export(store, id).await,
        ConversationsCommand::Delete { ids } => delete(context, store, ids).await,
    }
}

fn told(error: &baton_ports::ProviderError) -> Failure {
    Failure::failed(error.to_string())
}

async fn list(store: &dyn Store, limit: u32, as_json: bool) -> Result<(), Failure> {
    let all = store.list(limit).await.map_err(|error| told(&error))?;
    if all.is_empty() && !as_json {
        output::note(&format!("no conversations in {}", store.name()));
    }
    for one in all {
        if as_json {
            output::json(&one);
        } else {
            output::line(&format!("{}  {}  {:>4} items  {}", one.id, time(one.updated), one.items, one.title));
        }
    }
    Ok(())
}

async fn items(store: &dyn Store, id: &str) -> Result<(baton_types::ConversationId, Vec<StoredItem>), Failure> {
    let id = baton_server::store::find(store, id).await.map_err(Failure::failed)?;
    let items = store.read(id).await.map_err(|error| told(&error))?;
    items.map(|items| (id, items)).ok_or_else(|| Failure::failed(format!("there is no conversation {id}")))
}

async fn show(store: &dyn Store, id: &str, as_json: bool) -> Result<(), Failure> {
    let (_, items) = items(store, id).await?;
    for item in items {
        if as_json {
            output::json(&item);
            continue;
        }
        let who = match item.kind.as_str() {
            "user" => "you",
            "agent" => "baton",
            "note" => "(baton",
            other => other,
        };
        let close = if item.kind == "note" { ")" } else { "" };
        let is_cut = item.body.get("cut").and_then(serde_json::Value::as_bool).unwrap_or(false);
        let cut = if is_cut { " [cut]" } else { "" };
        output::line(&format!("{}  {who}: {}{cut}{close}", time(item.written), item.text.trim()));
    }
    Ok(())
}

async fn export(store: &dyn Store, id: &str) -> Result<(), Failure> {
    let (id, items) = items(store, id).await?;
    let whole = json!({ "version": 1, "conversation": id, "items": items });
    output::line(&serde_json::to_string_pretty(&whole).map_err(|error| Failure::failed(error.to_string()))?);
    Ok(())
}

async fn delete(context: &Context, store: &dyn Store, ids: &[String]) -> Result<(), Failure> {
    for id in ids {
        let id = baton_server::store::find(store, id).await.map_err(Failure::failed)?;
        if !store.delete(id).await.map_err(|error| told(&error))? {
            return Err(Failure::failed(format!("there is no conversation {id}")));
        }
        let journals = context.paths.journals(context.config()).map_err(Failure::missing)?;
        let removed = journals.map_or(0, |folder| baton_server::store::delete_journals(&folder, id));
        output::note(&format!("{id} is deleted, with {removed} journals"));
    }
    Ok(())
}

/// Local time, to the minute.
fn time(at: WallTime) -> String {
    match jiff::Timestamp::from_millisecond(at.0) {
        Ok(at) => at.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => "at an unknown time".to_owned(),
    }
}
