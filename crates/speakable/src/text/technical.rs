//! Things written without spaces that people say shortly: addresses, paths, files, versions, hashes, options.

use super::numbers::{cardinal, code, count, spell};
use super::paths::{domain, file_name, is_file_name, path};
use super::quantity::Context;
use super::words::word;

/// Words behind which a hash needs no introduction.
const HASH_CUES: &[&str] =
    &["commit", "hash", "revision", "sha", "id", "digest", "checksum", "at", "from", "to", "ref"];

/// Reads the whole of `core`, a piece of text without spaces and without the punctuation around it.
pub(super) fn whole(core: &str, context: Context<'_>) -> Option<String> {
    if !core.contains(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    url(core)
        .or_else(|| email(core))
        .or_else(|| uuid(core))
        .or_else(|| ip(core))
        .or_else(|| hash(core, context))
        .or_else(|| version(core, context))
        .or_else(|| option(core))
        .or_else(|| long_code(core))
        .or_else(|| path(core))
        .or_else(|| located(core))
        .or_else(|| domain(core))
}

/// The host and the first part of the path.
pub(super) fn url(core: &str) -> Option<String> {
    if let Some(address) = core.strip_prefix("mailto:") {
        return email(address);
    }
    let rest = match core.split_once("://") {
        Some((scheme, rest))
            if scheme.len() <= 10 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+') =>
        {
            if scheme.eq_ignore_ascii_case("file") {
                return path(rest).or_else(|| Some("a file".to_owned()));
            }
            rest
        }
        Some(_) => return None,
        None if core.starts_with("www.") => core,
        None => {
            // `example.com/docs`, `localhost:3000`.
            let host = core.split(['/', ':', '?']).next()?;
            let known = domain(host).is_some() || host == "localhost";
            (known && host.len() < core.len() && !is_file_name(host)).then_some(core)?
        }
    };
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let authority = authority.rsplit('@').next()?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => (host, Some(port)),
        _ => (authority, None),
    };
    let host = host.strip_prefix("www.").unwrap_or(host).trim_end_matches('.');
    let mut words = ip(host).unwrap_or_else(|| dotted(host));
    if words.is_empty() {
        return Some("a link".to_owned());
    }
    if let Some(port) = port {
        words.push_str(&format!(" port {}", code(port)));
    }
    let first = tail.trim_start_matches('/').split(['/', '?', '#']).next().unwrap_or("");
    let readable = tail.starts_with('/') && first.len() <= 24 && first.bytes().filter(u8::is_ascii_digit).count() <= 4;
    if readable && !first.is_empty() {
        let first = dotted(&first.replace(['-', '~', '%', '@', '+'], ".").replace('.', "_"));
        if !first.is_empty() {
            words.push_str(&format!(" slash {first}"));
        }
    }
    Some(words)
}

/// Parts between dots, with the dots said.
pub(super) fn dotted(text: &str) -> String {
    let parts: Vec<String> = text.split('.').map(name_part).filter(|part| !part.is_empty()).collect();
    parts.join(" dot ")
}

/// One part of a host, file or address, hyphens and underscores as gaps.
pub(super) fn name_part(part: &str) -> String {
    let words: Vec<String> = part
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|piece| !piece.is_empty())
        .map(|piece| word(piece, false))
        .collect();
    words.join(" ")
}

fn email(core: &str) -> Option<String> {
    let (user, host) = core.split_once('@')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    if user.is_empty() || !host.contains('.') || !user.chars().all(plain) || !host.chars().all(plain) {
        return None;
    }
    let user: Vec<String> = user.split('+').map(dotted).filter(|part| !part.is_empty()).collect();
    let (user, host) = (user.join(" plus "), dotted(host));
    (!user.is_empty() && !host.is_empty()).then(|| format!("{user} at {host}"))
}

fn uuid(core: &str) -> Option<String> {
    let lens: Vec<usize> = core.split('-').map(str::len).collect();
    let hex = core.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    (hex && lens == [8, 4, 4, 4, 12]).then(|| format!("I D {}, and so on", spell(&core[..4])))
}

/// A hash in hexadecimal: its first four characters.
fn hash(core: &str, context: Context<'_>) -> Option<String> {
    let (prefix, digits) = match core.split_once(':') {
        Some((name @ ("sha256" | "sha1" | "sha512" | "md5"), digits)) => (word(name, false), digits),
        _ => (String::new(), core),
    };
    let digits = digits.strip_prefix('#').unwrap_or(digits);
    let has_letter = digits.bytes().any(|b| b.is_ascii_alphabetic());
    let has_digit = digits.bytes().any(|b| b.is_ascii_digit());
    let color = core.starts_with('#') && digits.len() == 6;
    let hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
    if !hex || !has_digit || !(has_letter || digits.len() >= 32) || !(digits.len() >= 7 || color) {
        return None;
    }
    if color {
        return Some(format!("color {}", spell(digits)));
    }
    let first = spell(&digits[..4]);
    if !prefix.is_empty() {
        return Some(format!("{prefix} {first}, and so on"));
    }
    let more = if digits.len() >= 16 { ", and so on" } else { "" };
    Some(if HASH_CUES.contains(&context.previous) { format!("{first}{more}") } else { format!("hash {first}{more}") })
}

/// IPv4 with a port or prefix length, IPv6, hardware addresses.
fn ip(core: &str) -> Option<String> {
    let hex_groups =
        |mark: char| core.split(mark).all(|group| group.len() <= 4 && group.bytes().all(|b| b.is_ascii_hexdigit()));
    let colons = core.matches(':').count();
    if colons == 5 && core.len() == 17 && hex_groups(':') {
        return Some(format!("a hardware address ending in {}", spell(&core[15..])));
    }
    if (core.contains("::") || colons == 7) && (2..=7).contains(&colons) && hex_groups(':') {
        return Some(if core == "::1" {
            "the local address".to_owned()
        } else {
            "an I P version six address".to_owned()
        });
    }
    let end = core.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(core.len());
    let (address, tail) = core.split_at(end);
    let parts: Vec<&str> = address.split('.').collect();
    if parts.len() != 4 || !parts.iter().all(|part| part.len() <= 3 && part.parse::<u8>().is_ok()) {
        return None;
    }
    let mut words: String = parts.iter().map(|part| code(part)).collect::<Vec<_>>().join(" dot ");
    let digits = tail.get(1..).unwrap_or("");
    if !tail.is_empty() {
        if digits.is_empty() || digits.len() > 5 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        match tail.as_bytes()[0] {
            b':' => words.push_str(&format!(" port {}", code(digits))),
            b'/' => words.push_str(&format!(" slash {}", cardinal(digits))),
            _ => return None,
        }
    }
    Some(words)
}

/// `v2.5.1`, `2.5.1-beta.2`, `v2`.
fn version(core: &str, context: Context<'_>) -> Option<String> {
    let marked = core.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let rest = marked.unwrap_or(core);
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let (numbers, tail) = rest.split_at(end);
    let parts: Vec<&str> = numbers.split('.').collect();
    let dated = marked.is_none() && parts.len() == 3 && parts[2].len() == 4;
    let fits = !dated && parts.iter().all(|part| (1..=6).contains(&part.len()));
    if !fits
        || parts.len() < 3 && marked.is_none()
        || parts.len() > 6
        || !(tail.is_empty() || tail.starts_with(['-', '+']))
    {
        return None;
    }
    let mut words = parts.iter().map(|part| cardinal(part)).collect::<Vec<_>>().join(" point ");
    for part in tail.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()) {
        words.push(' ');
        words.push_str(&word(part, false));
    }
    let said = matches!(context.previous, "version" | "v" | "release" | "versions");
    Some(if marked.is_some() && !said { format!("version {words}") } else { words })
}

/// `--no-verify`, `-l`, `--level=3`.
fn option(core: &str) -> Option<String> {
    let name = core.trim_start_matches('-');
    let dashes = core.len() - name.len();
    let letters = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let words = match dashes {
        1 if letters && name.len() == 1 => format!("dash {}", name.to_ascii_uppercase()),
        1 if letters && name.len() <= 3 && name.bytes().all(|b| b.is_ascii_lowercase()) => {
            format!("dash {}", spell(name))
        }
        2 if letters && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') => {
            format!("dash dash {}", name_part(name))
        }
        _ => return None,
    };
    Some(words)
}

/// Keys, tokens and encoded data: nobody wants to hear them.
fn long_code(core: &str) -> Option<String> {
    let longest = core.split(|c: char| !c.is_ascii_alphanumeric()).max_by_key(|part| part.len())?;
    let digits = longest.bytes().filter(u8::is_ascii_digit).count();
    (longest.len() >= 20 && digits >= 2 && digits < longest.len()).then(|| "a long code".to_owned())
}

/// A file name with a line and column behind it: `lib.rs:42:7`.
fn located(core: &str) -> Option<String> {
    let mut parts = core.splitn(3, ':');
    let name = parts.next().filter(|name| is_file_name(name))?;
    let mut words = file_name(name);
    words.push_str(&line_of(parts.next(), parts.next())?);
    Some(words)
}

/// ` line forty two` for the digits behind a file name; `None` if they are something else.
pub(super) fn line_of(line: Option<&str>, column: Option<&str>) -> Option<String> {
    let number = |text: &str| (1..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    match (line, column) {
        (None | Some(""), _) => Some(String::new()),
        (Some(line), column) if number(line) && column.is_none_or(|c| c.is_empty() || number(c)) => {
            Some(format!(" line {}", count(line.parse().ok()?)))
        }
        _ => None,
    }
}
