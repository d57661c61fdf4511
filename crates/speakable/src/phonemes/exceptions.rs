//! Single words that the dictionary has otherwise than the voice learned them.
//!
//! Only frequent words that no rule reaches; a rule is always the better place.

/// The IPA of a lower-case word that goes its own way.
pub(crate) fn ipa(word: &str) -> Option<&'static str> {
    EXCEPTIONS.binary_search_by(|(known, _)| (*known).cmp(word)).ok().map(|index| EXCEPTIONS[index].1)
}

/// In the order of the alphabet, for the binary search.
static EXCEPTIONS: &[(&str, &str)] = &[
    ("address", "ɐdɹˈɛs"),
    ("average", "ˈævɹɪdʒ"),
    ("become", "bɪkˈʌm"),
    ("blog", "blˈɑːɡ"),
    ("character", "kˈæɹɪktɚ"),
    ("coffee", "kˈɔfi"),
    ("column", "kˈɑːlʌm"),
    ("combine", "kəmbˈaɪn"),
    ("compact", "kəmpˈækt"),
    ("compress", "kəmpɹˈɛs"),
    ("convert", "kənvˈɜːt"),
    ("cousin", "kˈʌzən"),
    ("create", "kɹiːˈeɪt"),
    ("debug", "dˈiːbˌʌɡ"),
    ("detail", "diːtˈeɪl"),
    ("details", "diːtˈeɪlz"),
    ("difference", "dˈɪfɹəns"),
    ("different", "dˈɪfɹənt"),
    ("dog", "dˈɑːɡ"),
    ("earlier", "ˈɜːlɪɚ"),
    ("email", "ˈiːmeɪl"),
    ("engineer", "ˌɛndʒɪnˈɪɹ"),
    ("envelope", "ˈɑːnvəlˌoʊp"),
    ("escape", "ɛskˈeɪp"),
    ("even", "ˈiːvən"),
    ("favorite", "fˈeɪvɚɹᵻt"),
    ("fifteen", "fˈɪftiːn"),
    ("government", "ɡˈʌvɚnmənt"),
    ("implement", "ˈɪmplɪmənt"),
    ("important", "ɪmpˈoːɹtənt"),
    ("interest", "ˈɪntɹɛst"),
    ("interesting", "ˈɪntɹɛstɪŋ"),
    ("lawyer", "lˈɔɪɚ"),
    ("minute", "mˈɪnɪt"),
    ("mountain", "mˈaʊntɪn"),
    ("necessary", "nˈɛsᵻsɚɹi"),
    ("normal", "nˈoːɹməl"),
    ("office", "ˈɑːfɪs"),
    ("officer", "ˈɑːfɪsɚ"),
    ("online", "ˈɑːnlaɪn"),
    ("outside", "aʊtsˈaɪd"),
    ("period", "pˈiəɹɪəd"),
    ("photograph", "fˈoʊɾəɡɹˌæf"),
    ("primary", "pɹˈaɪmɚɹi"),
    ("product", "pɹˈɑːdʌkt"),
    ("query", "kwˈiəɹi"),
    ("quiet", "kwˈaɪət"),
    ("really", "ɹˈiəli"),
    ("recipe", "ɹˈɛsᵻpˌiː"),
    ("reference", "ɹˈɛfɹəns"),
    ("restaurant", "ɹˈɛstɹɑːnt"),
    ("retry", "ɹˈiːtɹaɪ"),
    ("schedule", "skˈɛdʒuːl"),
    ("secondary", "sˈɛkəndɚɹi"),
    ("secure", "sᵻkjˈʊɹ"),
    ("security", "sᵻkjˈʊɹɹᵻɾi"),
    ("select", "sᵻlˈɛkt"),
    ("sometimes", "sˈʌmtaɪmz"),
    ("storage", "stˈoːɹɪdʒ"),
    ("thirty", "θˈɜːɾi"),
    ("vegetable", "vˈɛdʒɪɾəbəl"),
    ("want", "wˈɔnt"),
    ("wasn't", "wˈʌzn̩t"),
    ("wednesday", "wˈɛnzdeɪ"),
    ("welcome", "wˈɛlkʌm"),
    ("zero", "zˈiəɹoʊ"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_are_in_the_order_that_the_search_needs() {
        assert!(EXCEPTIONS.is_sorted_by(|left, right| left.0 < right.0));
    }
}
