//! The catalogue of the program against the real world. Needs the network, hence ignored; run it after a change of the catalogue:
//! `cargo test --profile ci -p baton-model-store --test builtin -- --ignored --nocapture`

use std::sync::Arc;

use baton_model_store::{Catalogue, Options, Phase, Progress, State, Store, Update};

#[tokio::test]
#[ignore = "fetches 300 MB"]
async fn every_model_of_the_catalogue_can_be_pulled_and_verifies() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::new(dir.path(), Catalogue::builtin(), Options::default());
    let progress: Arc<dyn Progress> = Arc::new(|update: &Update| {
        if let Phase::PassedOver { reason } | Phase::Retrying { reason } = &update.phase {
            println!("{}: {reason}", update.source.as_deref().unwrap_or_default());
        }
    });
    for model in store.catalogue().models() {
        let started = std::time::Instant::now();
        let pulled = store.pull(&model.name, &progress).await.unwrap();
        for fetched in &pulled.fetched {
            println!("{}/{} from {}", model.name, fetched.file, fetched.source);
        }
        assert_eq!(store.verify(&model.name, &progress).await.unwrap().state, State::Present);
        println!("{}: {} bytes in {:.1} s", model.name, model.bytes(), started.elapsed().as_secs_f32());
    }
}
