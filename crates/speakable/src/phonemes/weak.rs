//! What the neighbours of a word do to it: weak forms, fused pairs, and words told apart by the word before.
//!
//! "The" before a vowel, "of the" as one breath, "record" after "to": the forms that the voice was trained on. Pure
//! tables and the few questions that choose among them. It knows words of one clause, in lower case.

/// How a function word is said: in the run of speech, and at the end of a clause.
pub(crate) struct Weak {
    pub(crate) word: &'static str,
    pub(crate) inner: &'static str,
    pub(crate) last: &'static str,
}

const fn weak(word: &'static str, inner: &'static str, last: &'static str) -> Weak {
    Weak { word, inner, last }
}

/// In the order of the alphabet, for the binary search. A final R is linked by rule and not written here.
static WEAK: &[Weak] = &[
    weak("a", "ɐ", "ˈeɪ"),
    weak("about", "ɐbˌaʊt", "ɐbˈaʊt"),
    weak("above", "əbˌʌv", "əbˈʌv"),
    weak("across", "əkɹˌɑːs", "əkɹˈɑːs"),
    weak("already", "ɔːlɹˌɛdi", "ɔːlɹˈɛdi"),
    weak("am", "æm", "æm"),
    weak("among", "ɐmˌʌŋ", "ɐmˈʌŋ"),
    weak("an", "ɐn", "æn"),
    weak("and", "ænd", "ænd"),
    weak("any", "ˌɛni", "ˌɛni"),
    weak("anyone", "ˈɛnɪwˌʌn", "ˈɛnɪwˌʌn"),
    weak("anything", "ˈɛnɪθˌɪŋ", "ˈɛnɪθˌɪŋ"),
    weak("are", "ɑːɹ", "ɑːɹ"),
    weak("as", "æz", "æz"),
    weak("at", "æt", "æt"),
    weak("be", "biː", "bˈiː"),
    weak("because", "bɪkˈʌz", "bɪkˈʌz"),
    weak("been", "bˌɪn", "bˌɪn"),
    weak("before", "bᵻfˌoːɹ", "bᵻfˈoːɹ"),
    weak("behind", "bᵻhˌaɪnd", "bᵻhˈaɪnd"),
    weak("being", "bˌiːɪŋ", "bˈiːɪŋ"),
    weak("below", "bᵻlˌoʊ", "bᵻlˈoʊ"),
    weak("beneath", "bᵻnˌiːθ", "bᵻnˈiːθ"),
    weak("beside", "bᵻsˌaɪd", "bᵻsˈaɪd"),
    weak("between", "bᵻtwˌiːn", "bᵻtwˈiːn"),
    weak("beyond", "bᵻjˌɔnd", "bᵻjˈɔnd"),
    weak("but", "bˌʌt", "bˌʌt"),
    weak("by", "baɪ", "bˈaɪ"),
    weak("can", "kæn", "kˈæn"),
    weak("could", "kʊd", "kˈʊd"),
    weak("couldn't", "kˌʊdənt", "kˈʊdənt"),
    weak("didn't", "dˈɪdnt", "dˈɪdnt"),
    weak("down", "dˌaʊn", "dˈaʊn"),
    weak("during", "dˈʊɹɹɪŋ", "dˈʊɹɹɪŋ"),
    weak("every", "ˈɛvɹi", "ˈɛvɹi"),
    weak("everyone", "ˈɛvɹɪwˌʌn", "ˈɛvɹɪwˌʌn"),
    weak("everything", "ˈɛvɹɪθˌɪŋ", "ˈɛvɹɪθˌɪŋ"),
    weak("for", "fɔːɹ", "fɔːɹ"),
    weak("from", "fɹʌm", "fɹʌm"),
    weak("get", "ɡɛt", "ɡˈɛt"),
    weak("getting", "ɡˌɛɾɪŋ", "ɡˈɛɾɪŋ"),
    weak("go", "ɡˌoʊ", "ɡˈoʊ"),
    weak("going", "ɡˌoʊɪŋ", "ɡˈoʊɪŋ"),
    weak("got", "ɡɑːt", "ɡˈɑːt"),
    weak("had", "hæd", "hˌæd"),
    weak("has", "hɐz", "hˈæz"),
    weak("have", "hæv", "hˈæv"),
    weak("he", "hiː", "hiː"),
    weak("he's", "hiːz", "hiːz"),
    weak("her", "hɜː", "hɜː"),
    weak("hers", "hɜːz", "hˈɜːz"),
    weak("him", "hˌɪm", "hˌɪm"),
    weak("his", "hɪz", "hˈɪz"),
    weak("how", "hˌaʊ", "hˈaʊ"),
    weak("i", "aɪ", "ˈaɪ"),
    weak("i'd", "aɪd", "aɪd"),
    weak("i'll", "aɪl", "aɪl"),
    weak("i'm", "aɪm", "aɪm"),
    weak("i've", "aɪv", "aɪv"),
    weak("if", "ɪf", "ɪf"),
    weak("in", "ɪn", "ˈɪn"),
    weak("into", "ˌɪntʊ", "ˌɪntʊ"),
    weak("is", "ɪz", "ɪz"),
    weak("isn't", "ˌɪzənt", "ˈɪzənt"),
    weak("it", "ɪt", "ɪt"),
    weak("it's", "ɪts", "ɪts"),
    weak("its", "ɪts", "ɪts"),
    weak("make", "mˌeɪk", "mˈeɪk"),
    weak("may", "mˈeɪ", "mˈeɪ"),
    weak("me", "mˌiː", "mˌiː"),
    weak("might", "mˌaɪt", "mˈaɪt"),
    weak("my", "maɪ", "mˈaɪ"),
    weak("near", "nˌɪɹ", "nˈɪɹ"),
    weak("not", "nˌɑːt", "nˈɑːt"),
    weak("of", "ʌv", "ʌv"),
    weak("on", "ˌɔn", "ˈɔn"),
    weak("onto", "ˌɑːntʊ", "ˈɑːntʊ"),
    weak("or", "ɔːɹ", "ɔːɹ"),
    weak("our", "ˌaʊɚ", "ˌaʊɚ"),
    weak("over", "ˌoʊvɚ", "ˈoʊvɚ"),
    weak("put", "pˌʊt", "pˈʊt"),
    weak("shall", "ʃˌæl", "ʃˈæl"),
    weak("she", "ʃiː", "ʃiː"),
    weak("she's", "ʃiːz", "ʃiːz"),
    weak("should", "ʃˌʊd", "ʃˈʊd"),
    weak("so", "sˌoʊ", "sˈoʊ"),
    weak("some", "sˌʌm", "sˌʌm"),
    weak("than", "ðɐn", "ðɐn"),
    weak("that", "ðæt", "ðˈæt"),
    weak("that's", "ðæts", "ðˈæts"),
    weak("the", "ðə", "ðə"),
    weak("their", "ðɛɹ", "ðɛɹ"),
    weak("them", "ðˌɛm", "ðˌɛm"),
    weak("there", "ðɛɹ", "ðˈɛɹ"),
    weak("there's", "ðɛɹz", "ðˈɛɹz"),
    weak("these", "ðiːz", "ðˈiːz"),
    weak("they", "ðeɪ", "ðeɪ"),
    weak("they'll", "ðeɪl", "ðeɪl"),
    weak("they're", "ðeɪɚ", "ðeɪɚ"),
    weak("they've", "ðeɪv", "ðeɪv"),
    weak("this", "ðɪs", "ðˈɪs"),
    weak("those", "ðoʊz", "ðˈoʊz"),
    weak("though", "ðˌoʊ", "ðˌoʊ"),
    weak("through", "θɹuː", "θɹˈuː"),
    weak("to", "tə", "tuː"),
    weak("under", "ˌʌndɚ", "ˈʌndɚ"),
    weak("until", "ʌntˈɪl", "ʌntˈɪl"),
    weak("up", "ˌʌp", "ˈʌp"),
    weak("upon", "əpˌɑːn", "əpˌɑːn"),
    weak("us", "ˌʌs", "ˌʌs"),
    weak("was", "wʌz", "wʌz"),
    weak("we", "wiː", "wiː"),
    weak("we'll", "wiːl", "wiːl"),
    weak("we're", "wɪɹ", "wɪɹ"),
    weak("we've", "wiːv", "wiːv"),
    weak("went", "wɛnt", "wˈɛnt"),
    weak("were", "wɜː", "wɜː"),
    weak("what", "wˌʌt", "wˈʌt"),
    weak("what's", "wʌts", "wˈʌts"),
    weak("when", "wɛn", "wˈɛn"),
    weak("whenever", "wɛnˌɛvɚ", "wɛnˈɛvɚ"),
    weak("where", "wˌɛɹ", "wˈɛɹ"),
    weak("which", "wˌɪtʃ", "wˈɪtʃ"),
    weak("while", "wˌaɪl", "wˈaɪl"),
    weak("who", "hˌuː", "hˈuː"),
    weak("who's", "hˌuːz", "hˈuːz"),
    weak("whose", "hˌuːz", "hˌuːz"),
    weak("why", "wˌaɪ", "wˈaɪ"),
    weak("will", "wɪl", "wˈɪl"),
    weak("with", "wɪð", "wɪð"),
    weak("within", "wɪðˌɪn", "wɪðˈɪn"),
    weak("without", "wɪðˌaʊt", "wɪðˈaʊt"),
    weak("won't", "woʊnt", "wˈoʊnt"),
    weak("would", "wʊd", "wˈʊd"),
    weak("you", "juː", "juː"),
    weak("you'll", "juːl", "juːl"),
    weak("you're", "jʊɹ", "jʊɹ"),
    weak("you've", "juːv", "juːv"),
    weak("your", "jʊɹ", "jʊɹ"),
];

/// How a function word is said, if it is one.
pub(crate) fn form(word: &str) -> Option<&'static Weak> {
    WEAK.binary_search_by(|weak| weak.word.cmp(word)).ok().map(|index| &WEAK[index])
}

/// The form before a vowel of a function word that has one of its own.
pub(crate) fn before_vowel(inner: &str) -> Option<&'static str> {
    [("ðə", "ðɪ"), ("tə", "tʊ"), ("ɪt", "ɪɾ"), ("æt", "æɾ")]
        .iter()
        .find(|(known, _)| *known == inner)
        .map(|(_, before)| *before)
}

/// Two words said in one breath: what each contributes. The second half's end still links to the next word.
static FUSED: &[(&str, &str, &str, &str)] = &[
    ("at", "a", "æɾ", "ə"),
    ("did", "not", "dɪd", "nˌɑːt"),
    ("do", "not", "duː", "nˌɑːt"),
    ("does", "not", "dʌz", "nˌɑːt"),
    ("for", "a", "fɚ", "ɹə"),
    ("for", "an", "fɚ", "ɹən"),
    ("for", "the", "fɚ", "ðə"),
    ("from", "the", "fɹʌm", "ðə"),
    ("had", "been", "hɐd", "bɪn"),
    ("had", "to", "hæd", "tə"),
    ("could", "have", "kˌʊd", "ɐv"),
    ("has", "been", "hˈæz", "biːn"),
    ("have", "been", "hɐv", "bɪn"),
    ("i", "am", "aɪ", "ɐm"),
    ("in", "the", "ɪn", "ðə"),
    ("not", "a", "nˌɑːɾ", "ə"),
    ("of", "a", "əv", "ə"),
    ("of", "an", "əv", "ən"),
    ("of", "the", "ʌv", "ðə"),
    ("on", "the", "ɔn", "ðə"),
    ("out", "of", "ˌaʊɾ", "əv"),
    ("should", "have", "ʃˌʊd", "ɐv"),
    ("that", "a", "ðˌæɾ", "ə"),
    ("that", "the", "ðæt", "ðə"),
    ("to", "be", "tə", "bi"),
    ("was", "a", "wʌz", "ɐ"),
    ("was", "the", "wʌz", "ðə"),
    ("with", "the", "wɪð", "ðə"),
    ("would", "have", "wʊd", "hɐv"),
];

/// What two neighbouring words become in one breath, if they do.
pub(crate) fn fused(first: &str, second: &str) -> Option<(&'static str, &'static str)> {
    let known = FUSED.iter().find(|(one, two, _, _)| *one == first && *two == second)?;
    Some((known.2, known.3))
}

/// Which of its two pronunciations a word takes: with the verb form after these, else the other.
struct Heteronym {
    word: &'static str,
    as_noun: &'static str,
    as_verb: &'static str,
}

const fn heteronym(word: &'static str, as_noun: &'static str, as_verb: &'static str) -> Heteronym {
    Heteronym { word, as_noun, as_verb }
}

/// In the order of the alphabet. "Noun" stands for the default reading, "verb" for the one after a pronoun, "to" or
/// an auxiliary.
static HETERONYMS: &[Heteronym] = &[
    heteronym("abuse", "ɐbjˈuːs", "ɐbjˈuːz"),
    heteronym("conduct", "kˈɑːndʌkt", "kəndˈʌkt"),
    heteronym("conflict", "kˈɑːnflɪkt", "kənflˈɪkt"),
    heteronym("content", "kˈɑːntɛnt", "kəntˈɛnt"),
    heteronym("contract", "kˈɑːntɹækt", "kəntɹˈækt"),
    heteronym("contrast", "kˈɑːntɹæst", "kəntɹˈæst"),
    heteronym("convert", "kˈɑːnvɜːt", "kənvˈɜːt"),
    heteronym("decrease", "dˈiːkɹiːs", "dᵻkɹˈiːs"),
    heteronym("desert", "dˈɛzɚt", "dᵻzˈɜːt"),
    heteronym("dictate", "dˈɪkteɪt", "dɪktˈeɪt"),
    heteronym("estimate", "ˈɛstᵻmət", "ˈɛstᵻmˌeɪt"),
    heteronym("excuse", "ɛkskjˈuːs", "ɛkskjˈuːz"),
    heteronym("export", "ˈɛkspoːɹt", "ɛkspˈoːɹt"),
    heteronym("house", "hˈaʊs", "hˈaʊz"),
    heteronym("import", "ˈɪmpoːɹt", "ɪmpˈoːɹt"),
    heteronym("increase", "ˈɪŋkɹiːs", "ɪŋkɹˈiːs"),
    heteronym("insert", "ˈɪnsɜːt", "ɪnsˈɜːt"),
    heteronym("object", "ˈɑːbdʒɛkt", "əbdʒˈɛkt"),
    heteronym("perfect", "pˈɜːfɛkt", "pɚfˈɛkt"),
    heteronym("permit", "pˈɜːmɪt", "pɚmˈɪt"),
    heteronym("present", "pɹˈɛzənt", "pɹɪzˈɛnt"),
    heteronym("produce", "pɹədˈuːs", "pɹədˈuːs"),
    heteronym("progress", "pɹˈɑːɡɹɛs", "pɹəɡɹˈɛs"),
    heteronym("project", "pɹˈɑːdʒɛkt", "pɹədʒˈɛkt"),
    heteronym("protest", "pɹˈoʊtɛst", "pɹətˈɛst"),
    heteronym("rebel", "ɹˈɛbəl", "ɹᵻbˈɛl"),
    heteronym("record", "ɹˈɛkɚd", "ɹᵻkˈoːɹd"),
    heteronym("refuse", "ɹᵻfjˈuːz", "ɹᵻfjˈuːz"),
    heteronym("reject", "ɹᵻdʒˈɛkt", "ɹᵻdʒˈɛkt"),
    heteronym("separate", "sˈɛpɹət", "sˈɛpɚɹˌeɪt"),
    heteronym("subject", "sˈʌbdʒɛkt", "səbdʒˈɛkt"),
    heteronym("suspect", "sˈʌspɛkt", "səspˈɛkt"),
    heteronym("transfer", "tɹˈænsfɜː", "tɹænsfˈɜː"),
    heteronym("transport", "tɹˈænspoːɹt", "tɹænspˈoːɹt"),
    heteronym("upset", "ʌpsˈɛt", "ʌpsˈɛt"),
    heteronym("use", "jˈuːs", "jˈuːz"),
];

/// Words after which a verb follows.
const BEFORE_VERB: &[&str] = &[
    "to",
    "i",
    "you",
    "we",
    "they",
    "can",
    "could",
    "will",
    "would",
    "should",
    "shall",
    "may",
    "might",
    "must",
    "not",
    "don't",
    "didn't",
    "doesn't",
    "can't",
    "won't",
    "couldn't",
    "wouldn't",
    "shouldn't",
    "let's",
    "please",
    "i'll",
    "you'll",
    "we'll",
    "they'll",
    "who",
    "cannot",
    "also",
    "then",
    "never",
    "always",
    "do",
    "did",
];

/// Words after which "read" and "lead" are past or noun, and "live" an adjective.
const BEFORE_PAST: &[&str] =
    &["have", "has", "had", "was", "were", "been", "is", "are", "be", "i've", "you've", "already", "he", "she", "it"];

/// The pronunciation chosen by the words beside it, for words spelled alike and said differently.
pub(crate) fn told_apart(word: &str, before: Option<&str>, after: Option<&str>) -> Option<&'static str> {
    let follows = |words: &[&str]| before.is_some_and(|before| words.contains(&before));
    match word {
        "read" => return Some(if follows(BEFORE_PAST) { "ɹˈɛd" } else { "ɹˈiːd" }),
        "lead" => {
            return Some(if after.is_some_and(|after| ["pipe", "pipes", "paint", "poisoning"].contains(&after)) {
                "lˈɛd"
            } else {
                "lˈiːd"
            });
        }
        "live" => {
            return Some(if follows(&["a", "the", "is", "are", "go", "went", "goes", "of"]) {
                "lˈaɪv"
            } else {
                "lˈɪv"
            });
        }
        "close" => {
            let near = after == Some("to")
                || follows(&["very", "so", "too", "is", "are", "was", "were", "a", "quite", "as", "really", "pretty"]);
            return Some(if near && !(follows(BEFORE_VERB)) { "klˈoʊs" } else { "klˈoʊz" });
        }
        "wound" => {
            return Some(if follows(&["was", "is", "are", "were", "he", "she", "it", "they"]) {
                "wˈaʊnd"
            } else {
                "wˈuːnd"
            });
        }
        "wind" => return Some(if follows(&["to", "will"]) { "wˈaɪnd" } else { "wˈɪnd" }),
        "tear" => return Some(if follows(&["a", "one", "single", "every"]) { "tˈɪɹ" } else { "tˈɛɹ" }),
        "minute" if follows(&["very", "so"]) => return Some("maɪnˈuːt"),
        "used" if after == Some("to") => return Some("jˈuːzd"),
        _ => {}
    }
    let known = HETERONYMS.binary_search_by(|known| known.word.cmp(word)).ok()?;
    let known = &HETERONYMS[known];
    let starts_request = before.is_none()
        && after
            .is_some_and(|after| ["the", "a", "an", "your", "my", "this", "that", "it", "me", "all"].contains(&after));
    Some(if follows(BEFORE_VERB) || starts_request { known.as_verb } else { known.as_noun })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_in_the_order_that_the_search_needs() {
        assert!(WEAK.is_sorted_by(|left, right| left.word < right.word));
        assert!(HETERONYMS.is_sorted_by(|left, right| left.word < right.word));
    }
}
