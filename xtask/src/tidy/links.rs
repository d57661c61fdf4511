//! Links between the pages: relative targets exist, and so do the headings that they name.

use std::collections::BTreeMap;

use super::{File, Finding, is_allowed};

/// Checks the links of one Markdown page against the files of the repository.
pub(super) fn check(file: &File, files: &[File]) -> Vec<Finding> {
    if !file.path.ends_with(".md") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, line) in prose(&file.text) {
        for target in targets(&line) {
            if let Some(words) = dead(target, file, files).filter(|_| !is_allowed(&line, "link")) {
                findings.push(Finding::new("link", number, words));
            }
        }
    }
    findings
}

/// What is wrong with the target, if anything.
fn dead(target: &str, from: &File, files: &[File]) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let page = if path.is_empty() {
        Some(from)
    } else {
        let Some(full) = join(&from.path, path) else {
            return Some(format!("`{target}` leads out of the repository"));
        };
        let is_folder = full.is_empty() || files.iter().any(|file| file.path.starts_with(&format!("{full}/")));
        let page = files.iter().find(|file| file.path == full);
        if page.is_none() && !is_folder {
            return Some(format!("`{target}`: there is no {full}"));
        }
        page
    };
    let is_known = anchor.is_empty() || page.is_some_and(|page| has_anchor(page, anchor));
    (!is_known).then(|| format!("`{target}`: there is no heading for #{anchor}"))
}

fn has_anchor(page: &File, anchor: &str) -> bool {
    !page.path.ends_with(".md") || anchors(&page.text).iter().any(|known| known == anchor)
}

/// The path of `link` as seen from the page `from`, relative to the repository; `None` where it leads out of it.
fn join(from: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = match link.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => from.split('/').collect(),
    };
    parts.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The lines outside fenced blocks, with code spans cleared, counted from 1.
fn prose(text: &str) -> Vec<(usize, String)> {
    let mut fence: Option<String> = None;
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let marks: String = line.trim_start().chars().take_while(|c| matches!(c, '`' | '~')).collect();
        match &fence {
            Some(open) if marks.starts_with(open.as_str()) => fence = None,
            Some(_) => {}
            None if marks.len() >= 3 => fence = Some(marks),
            None => lines.push((index + 1, without_code_spans(line))),
        }
    }
    lines
}

/// A line with what stands between backticks removed.
fn without_code_spans(line: &str) -> String {
    let parts: Vec<&str> = line.split('`').collect();
    // An odd mark at the end opens nothing.
    let is_closed = parts.len() % 2 == 1;
    parts
        .iter()
        .enumerate()
        .filter(|(index, _)| index % 2 == 0 || (!is_closed && index + 1 == parts.len()))
        .map(|(_, part)| *part)
        .collect::<Vec<_>>()
        .join("``")
}

/// The targets of inline links, images and reference definitions.
fn targets(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices("](") {
        let rest = &line[at + 2..];
        if let Some(end) = rest.find([')', ' ']) {
            found.push(rest[..end].trim_matches(['<', '>']));
        }
    }
    let definition = line.strip_prefix('[').and_then(|rest| rest.split_once("]: "));
    if let Some((_, target)) = definition {
        found.extend(target.split_whitespace().next());
    }
    found.retain(|target| !target.is_empty());
    found
}

/// The anchors of a page: its headings as forges name them, and `<a id="...">`.
fn anchors(text: &str) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        let heading = line.trim_start_matches('#');
        if !fenced && heading.len() < line.len() && heading.starts_with(' ') {
            let slug = slug(heading);
            let count = seen.entry(slug.clone()).or_default();
            found.push(if *count == 0 { slug } else { format!("{slug}-{count}") });
            *count += 1;
        }
        for (at, marker) in line.match_indices("id=\"") {
            found.extend(line[at + marker.len()..].split('"').next().map(str::to_owned));
        }
    }
    found
}

/// The anchor of a heading: lower case, blanks to hyphens, punctuation left out.
fn slug(heading: &str) -> String {
    let text = heading.trim().to_lowercase();
    text.chars()
        .filter_map(|c| match c {
            ' ' | '-' => Some('-'),
            '_' => Some('_'),
            c if c.is_alphanumeric() => Some(c),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(path: &str, text: &str) -> File {
        File { path: path.into(), text: text.into() }
    }

    fn words(text: &str) -> Vec<String> {
        let files = [page("docs/b.md", "# A heading: `code` & more\n## Twice\n## Twice\n"), page("docs/c/d.rs", "")];
        check(&page("docs/a.md", text), &files).into_iter().map(|finding| finding.words).collect()
    }

    #[test]
    fn links_to_pages_folders_and_headings_are_alive() {
        let text = "[a](b.md) [b](../docs/b.md#a-heading-code--more) [c](c/) ![d](c/d.rs) [e](b.md#twice-1)\n\
                    # Here\n[f](#here) [g](https://example.org/x) [h]\n[h]: b.md\n";
        assert_eq!(words(text), [""; 0]);
    }

    #[test]
    fn a_dead_page_a_dead_heading_and_a_way_out_are_found() {
        let found = words("[a](x.md)\n[b](b.md#none)\n[c](../../etc/x)\n[d]: gone.md\n");
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found[0].contains("no docs/x.md") && found[1].contains("#none") && found[2].contains("leads out"));
    }

    #[test]
    fn links_in_code_are_not_links() {
        assert_eq!(words("```\n[a](x.md)\n```\nand `[b](y.md)` too\n"), [""; 0]);
    }
}
