//! `baton models`.

use std::sync::Arc;

use baton_server::adapters::model_store::{Catalogue, Check, FileState, Listing, Options, Progress, State, Store};
use serde_json::json;

use crate::cli::{Models, ModelsCommand};
use crate::context::{Context, Failure};
use crate::output;
use crate::progress::Bars;

pub(crate) async fn run(context: &Context, arguments: &Models) -> Result<(), Failure> {
    let is_offline = matches!(arguments.command, ModelsCommand::Pull { offline: true, .. });
    let store = match &arguments.dir {
        Some(dir) => {
            let offline = is_offline || context.config().models.offline || context.config().privacy.local_only;
            Store::new(dir, Catalogue::builtin(), Options { offline, ..Options::default() })
        }
        None => context.models(is_offline)?,
    };
    let bars = Bars::shared();
    match &arguments.command {
        ModelsCommand::List => list(&store, arguments.json),
        ModelsCommand::Pull { models, yes, .. } => pull(&store, models, *yes, arguments.json, &bars).await,
        ModelsCommand::Verify { models } => verify(&store, models, arguments.json, &bars).await,
        ModelsCommand::Import { paths } => {
            for path in paths {
                import(&store, path, arguments.json, &bars).await?;
            }
            Ok(())
        }
        ModelsCommand::Path { model } => {
            let path = store.require(model).map_err(|error| match error {
                baton_server::adapters::model_store::Error::UnknownModel { .. } => Failure::usage(error.to_string()),
                other => Failure::missing(other.to_string()),
            })?;
            output::line(&path.display().to_string());
            Ok(())
        }
        ModelsCommand::Remove { models } => {
            for model in models {
                let bytes = store.remove(model, &bars).await.map_err(failed)?;
                output::note(&format!("{model}: {:.1} MB freed", bytes as f64 / 1e6));
            }
            Ok(())
        }
    }
}

fn failed(error: baton_server::adapters::model_store::Error) -> Failure {
    match error {
        baton_server::adapters::model_store::Error::UnknownModel { .. } => Failure::usage(error.to_string()),
        other => Failure::failed(other.to_string()),
    }
}

fn list(store: &Store, as_json: bool) -> Result<(), Failure> {
    if !as_json {
        output::line(&format!("folder: {}", store.dir().display()));
    }
    for listing in store.list() {
        show(&listing, as_json);
    }
    Ok(())
}

fn show(listing: &Listing, as_json: bool) {
    let model = &listing.model;
    let state = listing.state.to_string();
    if as_json {
        let files: Vec<_> = listing
            .files
            .iter()
            .map(|file| {
                json!({
                    "name": file.name, "path": file.path, "bytes_on_disk": file.bytes_on_disk,
                    "state": file_state(&file.state), "damage": damage(&file.state),
                })
            })
            .collect();
        output::json(&json!({
            "model": model.name, "description": model.description, "state": state, "bytes": model.bytes(),
            "bytes_on_disk": listing.bytes_on_disk(), "license": model.license.id, "license_note": model.license.note,
            "homepage": model.homepage, "needed_by_default": model.is_default, "files": files,
        }));
        return;
    }
    let mark = if model.is_default { "*" } else { " " };
    output::line(&format!(
        "{mark} {:<18} {:<8} {:>6.1} MB  {:<12} {}",
        model.name,
        state,
        model.bytes() as f64 / 1e6,
        model.license.id,
        model.description
    ));
    for file in &listing.files {
        if let Some(damage) = damage(&file.state) {
            output::line(&format!("    {}: {damage}", file.path.display()));
        }
    }
}

fn file_state(state: &FileState) -> &'static str {
    match state {
        FileState::Present => "present",
        FileState::Absent => "absent",
        FileState::Partial { .. } => "partial",
        FileState::Damaged(_) => "damaged",
    }
}

fn damage(state: &FileState) -> Option<String> {
    match state {
        FileState::Damaged(damage) => Some(damage.to_string()),
        FileState::Present | FileState::Absent | FileState::Partial { .. } => None,
    }
}

async fn pull(
    store: &Store,
    models: &[String],
    yes: bool,
    as_json: bool,
    bars: &Arc<dyn Progress>,
) -> Result<(), Failure> {
    let names: Vec<String> = match models {
        [] => store.catalogue().models().iter().filter(|model| model.is_default).map(|m| m.name.to_string()).collect(),
        some => some.to_vec(),
    };
    for name in &names {
        let listing = store.inspect(name, Check::Quick).map_err(failed)?;
        let model = &listing.model;
        if listing.state != State::Present {
            let size = model.bytes() as f64 / 1e6;
            output::note(&format!("{name}: {size:.1} MB, license {}", model.license.id));
            if let Some(note) = &model.license.note {
                output::note(&format!("        {note}"));
            }
            if !yes && output::is_terminal() && !output::ask(&format!("Download it to {}?", store.dir().display())) {
                return Err(Failure::missing(format!("{name} was not fetched")));
            }
        }
        let pulled = store.pull(name, bars).await.map_err(|error| Failure { code: 1, message: error.to_string() })?;
        if as_json {
            let fetched: Vec<_> =
                pulled.fetched.iter().map(|file| json!({ "file": file.file, "source": file.source })).collect();
            output::json(&json!({ "model": name, "folder": pulled.folder, "fetched": fetched }));
        } else if pulled.fetched.is_empty() {
            output::note(&format!("{name}: was there already, {}", pulled.folder.display()));
        }
    }
    Ok(())
}

async fn verify(store: &Store, models: &[String], as_json: bool, bars: &Arc<dyn Progress>) -> Result<(), Failure> {
    let names: Vec<String> = match models {
        [] => {
            let listed = store.list().into_iter().filter(|listing| listing.state != State::Absent);
            listed.map(|listing| listing.model.name.to_string()).collect()
        }
        some => some.to_vec(),
    };
    let mut broken = Vec::new();
    for name in &names {
        let listing = store.verify(name, bars).await.map_err(failed)?;
        show(&listing, as_json);
        if listing.state != State::Present {
            broken.push(format!("{name} is {}", listing.state));
        }
    }
    if broken.is_empty() {
        return Ok(());
    }
    Err(Failure::failed(format!("{}: `baton models pull NAME` mends it", broken.join(", "))))
}

async fn import(store: &Store, path: &std::path::Path, as_json: bool, bars: &Arc<dyn Progress>) -> Result<(), Failure> {
    let imported = store.import(path, bars).await.map_err(failed)?;
    for file in &imported.files {
        if as_json {
            output::json(&json!({ "path": file.path, "model": file.model, "file": file.file }));
        } else {
            output::line(&format!("{} is {} of {}", file.path.display(), file.file, file.model));
        }
    }
    for rejected in &imported.rejected {
        output::note(&format!("{}: {}", rejected.path.display(), rejected.reason));
    }
    for listing in imported.models.iter().filter(|listing| listing.state != State::Present) {
        output::note(&format!("{} is still {}: some of its files are missing", listing.model.name, listing.state));
    }
    Ok(())
}
