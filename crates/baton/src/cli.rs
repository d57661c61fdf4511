//! The arguments.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Talk to Baton: a voice that answers, on your own machine.
#[derive(Parser, Debug)]
#[command(
    name = "baton",
    version,
    max_term_width = 100,
    after_help = "Examples:\n  \
        baton demo                         hear a conversation with Baton\n  \
        baton talk                         talk through microphone and loudspeaker\n  \
        baton talk --in question.wav --out answer.wav --json\n  \
        baton chat                         type instead\n  \
        baton doctor                       what is there, what is missing, what to do\n\n\
        Exit codes: 0 done, 1 failed, 2 wrong usage, 3 something missing that `baton doctor` names."
)]
pub(crate) struct Cli {
    /// The configuration file; otherwise `baton.toml` here or in the configuration folder.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Hold an example conversation at real speed and write it to a file.
    Demo(Demo),
    /// Talk, through the microphone or from a file.
    Talk(Talk),
    /// Type instead of talking.
    Chat(Chat),
    /// Write down what is said in files.
    Transcribe(Transcribe),
    /// Say a text.
    Say(Say),
    /// The models: list, pull, verify, import, path, remove.
    Models(Models),
    /// The conversations that are kept: list, show, export, delete.
    Conversations(Conversations),
    /// What is there, what is missing, and what to do.
    Doctor(Doctor),
    /// Write a `baton.toml` to start from.
    Init(Init),
    /// The configuration in force and its description.
    Config(ConfigArguments),
    /// A completion script for a shell.
    Completions(Completions),
}

/// How models that are not there are dealt with.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Downloads {
    /// Download what is needed without asking.
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Do not download; say what is missing.
    #[arg(long)]
    pub(crate) no_download: bool,
    /// Use no network at all for models.
    #[arg(long)]
    pub(crate) offline: bool,
}

/// Where the conversation is kept.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Keeping {
    /// Go on with this conversation: its id, the beginning or end of it, or `last`.
    #[arg(long, value_name = "ID", conflicts_with = "ephemeral")]
    pub(crate) conversation: Option<String>,
    /// Keep nothing on disk.
    #[arg(long)]
    pub(crate) ephemeral: bool,
    /// Write the session's journal to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  baton demo --yes\n  baton demo --out conversation.wav --json")]
pub(crate) struct Demo {
    /// The conversation as a stereo WAV: caller left, Baton right.
    #[arg(long, value_name = "FILE.wav", default_value = "baton-demo.wav")]
    pub(crate) out: PathBuf,
    /// The session's journal; beside the WAV by default.
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
    /// One JSON object a line instead of the timeline.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) downloads: Downloads,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    baton talk\n  \
    baton talk --in question.wav --out answer.wav --json --speed max\n  \
    baton talk --conversation last         go on where it was\n\n\
    Ctrl-C stops speech first, then leaves. A line typed in the terminal is a turn, too;\n\
    /mute, /unmute, /stop and /quit do what they say.")]
pub(crate) struct Talk {
    /// What the person says: WAV, FLAC, MP3 or Ogg Vorbis. Without it, the microphone.
    #[arg(long = "in", value_name = "FILE")]
    pub(crate) input: Option<PathBuf>,
    /// Where Baton's voice goes, at the time at which it would be heard. Without it, the loudspeaker.
    #[arg(long = "out", value_name = "FILE.wav")]
    pub(crate) output: Option<PathBuf>,
    /// One JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
    /// As time passes, or as fast as the engines allow (needs --in and --out).
    #[arg(long, value_enum, default_value_t = SpeedArgument::Realtime)]
    pub(crate) speed: SpeedArgument,
    /// The file waits while Baton speaks.
    #[arg(long, requires = "input")]
    pub(crate) hold: bool,
    /// Which agent answers: auto, concierge, echo or conversation.
    #[arg(long, value_name = "NAME")]
    pub(crate) agent: Option<String>,
    #[command(flatten)]
    pub(crate) keeping: Keeping,
    #[command(flatten)]
    pub(crate) downloads: Downloads,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum SpeedArgument {
    /// As time passes.
    Realtime,
    /// As fast as the engines allow, on a virtual clock.
    Max,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  baton chat\n  echo 'what is 12 times 7' | baton chat --json")]
pub(crate) struct Chat {
    /// Read one user turn a line and write one JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
    /// Which agent answers: auto, concierge, echo or conversation.
    #[arg(long, value_name = "NAME")]
    pub(crate) agent: Option<String>,
    #[command(flatten)]
    pub(crate) keeping: Keeping,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  baton transcribe meeting.flac\n  baton transcribe *.wav --json")]
pub(crate) struct Transcribe {
    /// WAV, FLAC, MP3 or Ogg Vorbis.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// One JSON object a file.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) downloads: Downloads,
}

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  baton say 'The build takes 3.5 minutes.' --out answer.wav\n  echo hello | baton say -"
)]
pub(crate) struct Say {
    /// The text, or - for standard input.
    pub(crate) text: String,
    /// A WAV file. Without it, the loudspeaker.
    #[arg(long, value_name = "FILE.wav")]
    pub(crate) out: Option<PathBuf>,
    /// One JSON object with what was made.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) downloads: Downloads,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    baton models list\n  \
    baton models pull\n  \
    baton models import ~/Downloads/en_US-joe-medium.onnx")]
pub(crate) struct Models {
    /// The folder of the models; otherwise `[models] dir`.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) dir: Option<PathBuf>,
    /// One JSON object a line.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: ModelsCommand,
}

#[derive(Subcommand, Debug)]
pub(crate) enum ModelsCommand {
    /// All models, with what is there of each.
    List,
    /// Fetch models; without a name those that a spoken conversation needs.
    Pull {
        /// Their names.
        #[arg(value_name = "MODEL")]
        models: Vec<String>,
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
        /// Use no network.
        #[arg(long)]
        offline: bool,
    },
    /// Read every byte again and compare it with the catalogue.
    Verify {
        /// Their names; without one, all that are there.
        #[arg(value_name = "MODEL")]
        models: Vec<String>,
    },
    /// Take a model from a file or folder.
    Import {
        /// The files or folders.
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Print the folder of a model.
    Path {
        /// Its name.
        model: String,
    },
    /// Delete a model's files.
    Remove {
        /// Their names.
        #[arg(required = true, value_name = "MODEL")]
        models: Vec<String>,
    },
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  baton conversations list\n  baton conversations export ID > conversation.json")]
pub(crate) struct Conversations {
    /// One JSON object a line.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: ConversationsCommand,
}

#[derive(Subcommand, Debug)]
pub(crate) enum ConversationsCommand {
    /// The newest conversations.
    List {
        /// How many.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// What was said in one.
    Show {
        /// Its id, the beginning or end of it, or `last`.
        id: String,
    },
    /// One as JSON.
    Export {
        /// Its id, the beginning or end of it, or `last`.
        id: String,
    },
    /// Delete some for good.
    Delete {
        /// Their ids, the beginning or end of each, or `last`.
        #[arg(required = true)]
        ids: Vec<String>,
    },
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  baton doctor\n  baton doctor --json")]
pub(crate) struct Doctor {
    /// One JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  baton init\n  baton init --out ~/.config/baton/baton.toml")]
pub(crate) struct Init {
    /// The file.
    #[arg(long, value_name = "FILE", default_value = "baton.toml")]
    pub(crate) out: PathBuf,
    /// Write over a file that is there.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  baton config show\n  baton config schema > baton.schema.json")]
pub(crate) struct ConfigArguments {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Subcommand, Debug)]
pub(crate) enum ConfigCommand {
    /// Every value in force and where it comes from.
    Show {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// The JSON Schema of `baton.toml`.
    Schema {
        /// The reference page instead.
        #[arg(long)]
        markdown: bool,
    },
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  baton completions bash > ~/.local/share/bash-completion/completions/baton")]
pub(crate) struct Completions {
    /// The shell.
    pub(crate) shell: clap_complete::Shell,
}
