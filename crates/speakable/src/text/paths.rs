//! File names, file paths and host names as a person would mention them.

use super::technical::{dotted, line_of};

/// Parents of a file that are said, nearest ones.
const PARENTS_MAX: usize = 3;

/// Endings of file names and how they are said.
const EXTENSIONS: &[(&str, &str)] = &[
    ("rs", "R S"),
    ("py", "P Y"),
    ("js", "J S"),
    ("mjs", "M J S"),
    ("ts", "T S"),
    ("tsx", "T S X"),
    ("jsx", "J S X"),
    ("md", "M D"),
    ("txt", "text"),
    ("json", "JSON"),
    ("jsonl", "JSON L"),
    ("toml", "TOML"),
    ("yaml", "YAML"),
    ("yml", "YAML"),
    ("html", "HTML"),
    ("css", "CSS"),
    ("scss", "SCSS"),
    ("sh", "S H"),
    ("bash", "bash"),
    ("lock", "lock"),
    ("go", "go"),
    ("c", "C"),
    ("h", "H"),
    ("cc", "C C"),
    ("cpp", "C P P"),
    ("hpp", "H P P"),
    ("java", "java"),
    ("kt", "K T"),
    ("swift", "swift"),
    ("rb", "R B"),
    ("php", "PHP"),
    ("sql", "SQL"),
    ("exe", "E X E"),
    ("dll", "D L L"),
    ("so", "S O"),
    ("zip", "zip"),
    ("tar", "tar"),
    ("gz", "G Z"),
    ("png", "P N G"),
    ("jpg", "J P G"),
    ("jpeg", "J peg"),
    ("gif", "gif"),
    ("svg", "S V G"),
    ("pdf", "P D F"),
    ("csv", "C S V"),
    ("tsv", "T S V"),
    ("log", "log"),
    ("wav", "wave"),
    ("mp", "M P"),
    ("mp3", "M P three"),
    ("mp4", "M P four"),
    ("flac", "flack"),
    ("ogg", "ogg"),
    ("onnx", "onyx"),
    ("xml", "X M L"),
    ("ini", "I N I"),
    ("cfg", "config"),
    ("conf", "conf"),
    ("env", "env"),
    ("db", "D B"),
    ("sqlite", "SQLite"),
    ("wasm", "wasm"),
    ("proto", "proto"),
    ("ipynb", "notebook"),
    ("docx", "doc X"),
    ("xlsx", "X L S X"),
    ("doc", "doc"),
    ("bak", "back"),
    ("tmp", "temp"),
    ("vue", "view"),
    ("dart", "dart"),
    ("lua", "lua"),
    ("rst", "R S T"),
];

/// Names of folders that are said otherwise than written.
const FOLDERS: &[(&str, &str)] = &[
    ("src", "source"),
    ("usr", "user"),
    ("etc", "E T C"),
    ("tmp", "temp"),
    ("var", "var"),
    ("opt", "opt"),
    ("~", "home"),
    ("cfg", "config"),
    ("pkg", "package"),
    ("cmd", "command"),
    ("img", "images"),
    ("..", "the parent folder"),
];

const TOP_DOMAINS: &[&str] = &[
    "com", "org", "net", "io", "dev", "edu", "gov", "ai", "app", "co", "uk", "us", "de", "fr", "eu", "ch", "nl",
    "info", "me", "tv", "xyz", "local", "internal", "cloud", "sh", "so", "gg",
];

fn extension(name: &str) -> Option<(&str, &'static str)> {
    let (stem, ending) = name.rsplit_once('.')?;
    // `D.C` is no file of the language C.
    if stem.len() < 3 && ending.contains(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let lower = ending.to_ascii_lowercase();
    let spoken = EXTENSIONS.iter().find(|(written, _)| *written == lower)?.1;
    Some((stem, spoken))
}

/// Whether a word without slashes is the name of a file.
pub(super) fn is_file_name(name: &str) -> bool {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'*'));
    let hidden = name.len() > 2 && name.starts_with('.') && name.as_bytes()[1].is_ascii_alphabetic() && name != ".NET";
    plain && (hidden || extension(name).is_some_and(|(stem, _)| !stem.is_empty()))
}

/// A file name: "lib dot R S".
pub(super) fn file_name(name: &str) -> String {
    let (stem, ending) = match extension(name) {
        Some((stem, ending)) => (stem, Some(ending)),
        None => (name, None),
    };
    let hidden = if stem.starts_with('.') { "dot " } else { "" };
    let spoken = match stem.trim_matches('.') {
        "*" => "star".to_owned(),
        stem => stem_words(stem),
    };
    match ending {
        Some(ending) if spoken.is_empty() => format!("dot {ending}"),
        Some(ending) => format!("{hidden}{spoken} dot {ending}"),
        None => format!("{hidden}{spoken}"),
    }
}

/// The stem of a file name may hold another ending: `archive.tar`, `page.test`.
fn stem_words(stem: &str) -> String {
    match extension(stem) {
        Some((inner, ending)) if !inner.is_empty() => format!("{} dot {ending}", dotted(inner)),
        _ => dotted(stem),
    }
}

fn folder(name: &str) -> String {
    if let Some((_, spoken)) = FOLDERS.iter().find(|(written, _)| *written == name) {
        return (*spoken).to_owned();
    }
    let hidden = if name.starts_with('.') && name.len() > 1 { "dot " } else { "" };
    let words = dotted(name.trim_start_matches('.'));
    if words.is_empty() { words } else { format!("{hidden}{words}") }
}

/// A path: the last part first, then the folders it is in.
pub(super) fn path(core: &str) -> Option<String> {
    let windows = core.contains('\\') && !core.contains('/');
    let mark = if windows { '\\' } else { '/' };
    if !core.contains(mark) {
        return None;
    }
    let drive = windows && core.as_bytes().get(1) == Some(&b':');
    let core = if drive { &core[2..] } else { core };
    let anchored =
        core.starts_with(mark) || core.starts_with("~/") || core.starts_with("./") || core.starts_with("../");
    let (body, place) = split_place(core);
    let words_of = |name: &str| name.contains(|c: char| c.is_ascii_alphabetic());
    let parts: Vec<&str> = body.split(mark).filter(|part| !part.is_empty() && *part != "." && *part != "**").collect();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '~' | '*' | '@' | '+' | '%');
    if !parts.iter().all(|part| part.chars().all(plain)) {
        return None;
    }
    let last = *parts.last()?;
    let is_path = anchored || drive || body.ends_with(mark) || is_file_name(last) || parts.len() >= 3;
    if !is_path || !parts.iter().any(|part| words_of(part)) {
        return None;
    }
    let is_file = is_file_name(last);
    let name = if is_file { file_name(last) } else { folder(last) };
    if name.is_empty() {
        return None;
    }
    let first = parts.len().saturating_sub(1 + PARENTS_MAX);
    let parents: Vec<String> =
        parts[first..parts.len() - 1].iter().map(|part| folder(part)).filter(|p| !p.is_empty()).collect();
    let line = line_of(place.0, place.1)?;
    if parents.is_empty() {
        return Some(format!("{name}{line}"));
    }
    Some(format!("{name}{line} in {}", parents.join(" ")))
}

/// Splits `:42:7` from a path.
fn split_place(core: &str) -> (&str, (Option<&str>, Option<&str>)) {
    let mut parts = core.splitn(3, ':');
    let body = parts.next().unwrap_or("");
    (body, (parts.next(), parts.next()))
}

/// A host name with a known ending: "example dot com".
pub(super) fn domain(core: &str) -> Option<String> {
    let (rest, top) = core.rsplit_once('.')?;
    let label = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let known = TOP_DOMAINS.contains(&top) && rest.split('.').all(label) && rest.len() >= 2;
    (known && rest.contains(|c: char| c.is_ascii_alphabetic())).then(|| dotted(core))
}
