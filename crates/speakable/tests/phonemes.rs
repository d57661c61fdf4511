//! Words as phonemes, rule by rule: what is written on the left is said as on the right.

use baton_speakable::phonemes::{Pronunciation, phonemize};

/// The phonemes of a text, clauses with their marks, as the voice gets them.
fn said(text: &str) -> String {
    let Pronunciation { clauses } = phonemize(text);
    let clause = |clause: &baton_speakable::phonemes::Clause| {
        format!("{}{}", clause.phonemes, clause.mark.map(String::from).unwrap_or_default())
    };
    clauses.iter().map(clause).collect::<Vec<_>>().join(" ")
}

fn check(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter(|(text, expected)| said(text) != *expected)
        .map(|(text, expected)| format!("{text:?}: expected {expected}, said {}", said(text)))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_sound_of_the_dictionary_has_its_symbol() {
    check(&[
        ("father", "fˈɑːðɚ"),
        ("trap", "tɹˈæp"),
        ("strut", "stɹˈʌt"),
        ("comma", "kˈɑːmə"),
        ("thought", "θˈɔːt"),
        ("mouth", "mˈaʊθ"),
        ("price", "pɹˈaɪs"),
        ("dress", "dɹˈɛs"),
        ("nurse", "nˈɜːs"),
        ("letter", "lˈɛɾɚ"),
        ("face", "fˈeɪs"),
        ("kit", "kˈɪt"),
        ("fleece", "flˈiːs"),
        ("happy", "hˈæpi"),
        ("goat", "ɡˈoʊt"),
        ("choice", "tʃˈɔɪs"),
        ("foot", "fˈʊt"),
        ("goose", "ɡˈuːs"),
        ("judge", "dʒˈʌdʒ"),
        ("thing", "θˈɪŋ"),
        ("ship", "ʃˈɪp"),
        ("yellow", "jˈɛloʊ"),
        ("vision", "vˈɪʒən"),
        ("hat", "hˈæt"),
        ("web", "wˈɛb"),
        ("zip", "zˈɪp"),
    ]);
}

#[test]
fn function_words_are_weak_inside_a_clause_and_full_at_its_end() {
    check(&[
        ("the dog", "ðə dˈɑːɡ"),
        ("the apple", "ðɪ ˈæpəl"),
        ("a dog", "ɐ dˈɑːɡ"),
        ("an apple", "ɐn ˈæpəl"),
        ("to send", "tə sˈɛnd"),
        ("to ask", "tʊ ˈæsk"),
        ("bread and milk", "bɹˈɛd ænd mˈɪlk"),
        ("milk for you", "mˈɪlk fɔːɹ juː"),
        ("it was good", "ɪt wʌz ɡˈʊd"),
        ("it is good", "ɪɾ ɪz ɡˈʊd"),
        ("our house", "ˌaʊɚ hˈaʊs"),
        ("I can see", "aɪ kæn sˈiː"),
        ("see what I can", "sˈiː wˌʌt aɪ kˈæn"),
        ("what is on the desk", "wˌʌt ɪz ɔnðə dˈɛsk"),
        ("turn the lights on", "tˈɜːn ðə lˈaɪts ˈɔn"),
        ("not so hard", "nˌɑːt sˌoʊ hˈɑːɹd"),
    ]);
}

#[test]
fn a_clause_without_a_stressed_word_stresses_its_last() {
    check(&[("it is", "ɪɾ ˈɪz"), ("to you", "tə jˈuː"), ("for them", "fɔːɹ ðˈɛm")]);
}

#[test]
fn pairs_that_are_one_breath_are_one_word() {
    check(&[
        ("end of the day", "ˈɛnd ʌvðə dˈeɪ"),
        ("cat in the box", "kˈæt ɪnðə bˈɑːks"),
        ("wait for the bus", "wˈeɪt fɚðə bˈʌs"),
        ("news from the north", "nˈuːz fɹʌmðə nˈɔːɹθ"),
        ("go with the flow", "ɡˌoʊ wɪððə flˈoʊ"),
        ("say that the sun", "sˈeɪ ðætðə sˈʌn"),
        ("part of a plan", "pˈɑːɹt əvə plˈæn"),
        ("we have been there", "wiː hɐvbɪn ðˈɛɹ"),
        ("end of the evening", "ˈɛnd ʌvðɪ ˈiːvənɪŋ"),
    ]);
}

#[test]
fn t_is_tapped_between_vowels_and_swallowed_before_a_syllabic_n() {
    check(&[
        ("city", "sˈɪɾi"),
        ("party", "pˈɑːɹɾi"),
        ("button", "bˈʌʔn̩"),
        ("certain", "sˈɜːʔn̩"),
        ("hotel", "hoʊtˈɛl"),
        ("important", "ɪmpˈoːɹtənt"),
        ("ability", "ɐbˈɪləɾi"),
        ("negative", "nˈɛɡətˌɪv"),
    ]);
}

#[test]
fn r_links_to_a_vowel_inside_a_word_and_to_the_next_word() {
    check(&[
        ("memory", "mˈɛmɚɹi"),
        ("water", "wˈɔːɾɚ"),
        ("water in", "wˈɔːɾɚɹ ˈɪn"),
        ("her eyes", "hɜːɹ ˈaɪz"),
        ("water. In", "wˈɔːɾɚ. ˈɪn"),
    ]);
}

#[test]
fn unstressed_vowels_follow_the_spelling() {
    check(&[
        ("wanted", "wˈɔntᵻd"),
        ("needed", "nˈiːdᵻd"),
        ("boxes", "bˈɑːksᵻz"),
        ("judge's", "dʒˈʌdʒᵻz"),
        ("return", "ɹᵻtˈɜːn"),
        ("decide", "dᵻsˈaɪd"),
        ("believe", "bᵻlˈiːv"),
        ("event", "ᵻvˈɛnt"),
        ("community", "kəmjˈuːnᵻɾi"),
        ("ticket", "tˈɪkɪt"),
        ("artist", "ˈɑːɹɾɪst"),
        ("service", "sˈɜːvɪs"),
        ("village", "vˈɪlɪdʒ"),
        ("solid", "sˈɑːlɪd"),
        ("music", "mjˈuːzɪk"),
        ("private", "pɹˈaɪvət"),
        ("going home", "ɡˌoʊɪŋ hˈoʊm"),
        ("possible", "pˈɑːsᵻbəl"),
        ("again", "ɐɡˈɛn"),
        ("fisherman", "fˈɪʃɚmən"),
        ("document", "dˈɑːkjuːmənt"),
        ("unlikely", "ʌnlˈaɪkli"),
    ]);
}

#[test]
fn vowels_before_r_and_open_o_follow_the_spelling() {
    check(&[
        ("long", "lˈɔŋ"),
        ("off", "ˈɔf"),
        ("cloth", "klˈɔθ"),
        ("caught", "kˈɔːt"),
        ("law", "lˈɔː"),
        ("north", "nˈɔːɹθ"),
        ("store", "stˈoːɹ"),
        ("board", "bˈoːɹd"),
        ("four", "fˈoːɹ"),
        ("door", "dˈoːɹ"),
        ("report", "ɹᵻpˈoːɹt"),
        ("here", "hˈɪɹ"),
        ("tour", "tˈʊɹ"),
        ("carry", "kˈæɹi"),
        ("bank", "bˈæŋk"),
        ("finger", "fˈɪŋɡɚ"),
    ]);
}

#[test]
fn words_spelled_alike_are_told_apart_by_the_word_before() {
    check(&[
        ("a record", "ɐ ɹˈɛkɚd"),
        ("to record", "tə ɹᵻkˈoːɹd"),
        ("an object", "ɐn ˈɑːbdʒɛkt"),
        ("they object", "ðeɪ əbdʒˈɛkt"),
        ("the present", "ðə pɹˈɛzənt"),
        ("I will read", "aɪ wɪl ɹˈiːd"),
        ("I have read", "aɪ hæv ɹˈɛd"),
        ("no use", "nˈoʊ jˈuːs"),
        ("to use", "tə jˈuːz"),
        ("close the door", "klˈoʊz ðə dˈoːɹ"),
        ("very close", "vˈɛɹi klˈoʊs"),
        ("live music", "lˈɪv mjˈuːzɪk"),
        ("a live show", "ɐ lˈaɪv ʃˈoʊ"),
        ("take the lead", "tˈeɪk ðə lˈiːd"),
    ]);
}

#[test]
fn technical_words_are_said_as_people_say_them() {
    check(&[
        ("kubectl", "kjˈuːbkəntɹˌoʊl"),
        ("JSON", "dʒˈeɪsɑːn"),
        ("SQLite", "sˈiːkwəlˌaɪt"),
        ("async", "ˈeɪsɪŋk"),
        ("enum", "ˈiːnəm"),
        ("config", "kˈɑːnfɪɡ"),
        ("URLs", "jˌuːˌɑːɹˈɛlz"),
        ("HTTPS", "ˌeɪtʃtˌiːtˌiːpˌiːˈɛs"),
        ("mkdir", "mˈeɪkdɪɹ"),
    ]);
}

#[test]
fn capitals_are_spelled_unless_they_are_words() {
    check(&[
        ("FBI", "ˌɛfbˌiːˈaɪ"),
        ("VMs", "vˌiːˈɛmz"),
        ("IT", "ˌaɪtˈiː"),
        ("it", "ˈɪt"),
        ("NASA", "nˈæsə"),
        ("STOP", "stˈɑːp"),
    ]);
}

#[test]
fn names_of_code_are_taken_apart() {
    check(&[
        ("getUserName", "ɡˈɛt jˈuːzɚ nˈeɪm"),
        ("HTTPServer", "ˌeɪtʃtˌiːtˌiːpˈiː sˈɜːvɚ"),
        ("timestamp", "tˈaɪmstˌæmp"),
        ("well-known", "wˈɛl nˈoʊn"),
        ("x86", "ˈɛks ˈeɪt sˈɪks"),
    ]);
}

#[test]
fn unknown_words_keep_their_known_parts() {
    check(&[
        ("crates'", "kɹˈeɪts"),
        ("tokenizers", "tˈoʊkənˌaɪzɚz"),
        ("unparsable", "ʌnpˈɑːɹsəbəl"),
        ("xkcd", "ˌɛkskˌeɪsˌiːdˈiː"),
        ("café", "kəfˈeɪ"),
    ]);
}

#[test]
fn unseen_words_sound_like_their_letters() {
    check(&[("frobnicate", "fɹˈɑːbnɪkˌeɪt"), ("zorp", "zˈɔːɹp"), ("plimble", "plˈɪmbəl"), ("snark", "snˈɑːɹk")]);
}

#[test]
fn clauses_end_at_marks_and_marks_inside_a_number_do_not_count() {
    check(&[
        ("Yes, I see; go on: now!", "jˈɛs, aɪ sˈiː; ɡˌoʊ ˈɔn: nˈaʊ!"),
        ("Really?!", "ɹˈiəli?"),
        ("... , ok", "ˌoʊkˈeɪ"),
        ("one.two", "wˈʌn tˈuː"),
    ]);
}

#[test]
fn each_word_owns_its_phonemes() {
    let text = "Out of the box, it works.";
    let said = phonemize(text);
    let owned: Vec<(&str, &str)> = said
        .clauses
        .iter()
        .flat_map(|clause| {
            clause.words.iter().map(|word| (&text[word.text.clone()], &clause.phonemes[word.phonemes.clone()]))
        })
        .collect();
    let expected = [("Out", "ˌaʊɾ"), ("of", "əv"), ("the", "ðə"), ("box", "bˈɑːks"), ("it", "ɪt"), ("works", "wˈɜːks")];
    assert_eq!(owned, expected);
}

#[test]
fn text_without_words_says_nothing() {
    for text in ["", "   ", "...", "🙂 🚀", "''", "——", "你好", "\u{0}\u{7f}"] {
        assert_eq!(phonemize(text), Pronunciation::default(), "{text:?}");
    }
}

/// A small generator of its own, so that a failure repeats.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

const PIECES: &[&str] = &[
    "a",
    "E",
    "q",
    "'",
    "’",
    "-",
    "_",
    ".",
    ",",
    "?!",
    ":",
    ";",
    " ",
    "\t",
    "\n",
    "0",
    "97",
    "é",
    "ß",
    "İ",
    "ﬁ",
    "ǆ",
    "ж",
    "漢",
    "🙂",
    "👩‍💻",
    "\u{301}",
    "\u{200b}",
    "\u{202e}",
    "\u{feff}",
    "\u{0}",
    "the",
    "of",
    "IT",
    "s's",
    "ing",
    "tion",
    "'s",
    "ed",
    "McX",
    "xx",
    "ough",
    "…",
    "—",
    "$",
    "@",
];

#[test]
fn any_text_is_said_without_panic_in_symbols_that_a_voice_knows() {
    const KNOWN: &str = " abdefhijklmnopstuvwzæðŋɐɑɔəɚɛɜɡɪɹɾʃʊʌʒʔˈˌːθᵻ\u{329}";
    let mut dice = Dice(7);
    for _ in 0..3_000 {
        let text: String = (0..dice.roll(24)).map(|_| PIECES[dice.roll(PIECES.len())]).collect();
        for clause in phonemize(&text).clauses {
            assert!(!clause.words.is_empty(), "{text:?}");
            let unknown: Vec<char> = clause.phonemes.chars().filter(|symbol| !KNOWN.contains(*symbol)).collect();
            assert!(unknown.is_empty(), "{text:?} is said with {unknown:?}");
            let mut end = 0;
            for word in &clause.words {
                assert!(text.get(word.text.clone()).is_some_and(|word| !word.is_empty()), "{text:?}");
                assert!(clause.phonemes.get(word.phonemes.clone()).is_some_and(|part| !part.trim().is_empty()));
                assert!(word.phonemes.start >= end, "{text:?}: words overlap");
                end = word.phonemes.end;
            }
        }
    }
}

#[test]
fn every_single_character_is_taken() {
    let letters: Vec<char> = (0..=0x1_ffff).filter_map(char::from_u32).collect();
    for few in letters.chunks(40) {
        phonemize(&few.iter().flat_map(|letter| ['x', *letter, ' ', *letter]).collect::<String>());
    }
}

#[test]
fn a_very_long_word_is_taken() {
    assert!(!phonemize(&"abcdefghij".repeat(2_000)).clauses.is_empty());
}
