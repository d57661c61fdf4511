//! The words and phrases with which requests are read (see [`super::reading`]): short forms, sound-alikes, politeness, restarts.

use std::sync::LazyLock;

/// What is replaced, and by what.
pub(super) type Pairs = Vec<(Vec<&'static str>, Vec<&'static str>)>;
/// Phrases as rows of words.
pub(super) type Phrases = Vec<Vec<&'static str>>;

/// Reads "a b = c; d = e".
fn pairs(list: &'static str) -> Pairs {
    let entries = list.split(';').filter_map(|entry| entry.split_once('='));
    entries.map(|(from, to)| (from.split_whitespace().collect(), to.split_whitespace().collect())).collect()
}

/// Reads "a b; c".
fn phrases(list: &'static str) -> Phrases {
    list.split(';').map(|entry| entry.split_whitespace().collect()).collect()
}

/// Short forms and careless spellings, and the words they stand for.
pub(super) static WRITTEN_OUT: LazyLock<Pairs> = LazyLock::new(|| {
    pairs(
        "can't = can not; cannot = can not; won't = will not; let's = let us; whats = what is; wots = what is; \
    hows = how is; whos = who is; wheres = where is; dont = do not; didnt = did not; doesnt = does not; \
    cant = can not; isnt = is not; im = i am; ive = i have; thats = that is; youre = you are; wanna = want to; what'd = what did; where'd = where did; \
    gonna = going to; gimme = give me; lemme = let me; gotta = got to; o'clock = oclock; u = you; ur = your; \
    ya = you; pls = please; plz = please; thx = thanks; ty = thanks; ok = okay; alright = all right; \
    y'all = you; ma'am = ; sir = ; cos = because; bout = about; tonite = tonight; tmrw = tomorrow; \
    tomorow = tomorrow; tommorow = tomorrow; tommorrow = tomorrow; hafta = have to; whatcha = what you; \
    dunno = do not know; wat = what; wut = what; waht = what; wht = what; tiem = time; teh = the; adn = and; \
    yuo = you; hte = the; convo = conversation; summarise = summarize; summarised = summarize; \
    summarized = summarize; recognise = recognize; a.m = am; p.m = pm; a.p.i = api; u.s = us; minuses = minus; \
    devided = divided; thankyou = thanks; goodmorning = good morning",
    )
});

/// Sounds of hesitation, which carry nothing.
pub(super) static HESITATIONS: LazyLock<Phrases> =
    LazyLock::new(|| phrases("um; uh; ha; haha; lol; huhu; er; erm; uhm; hm; hmm; mm; ah; uhh; umm; err; eh; mhm"));

/// Words said as several that mean one thing.
pub(super) static FOLDED: LazyLock<Pairs> = LazyLock::new(|| {
    pairs(
        "chat gpt = chatgpt; chat g p t = chatgpt; g p t = gpt; open ai = openai; open a i = openai; a p i = api; \
    a i = ai; o llama = ollama; oh llama = ollama; olama = ollama; all llama = ollama; l l m = llm; \
    u r l = url; base url = base_url; good bye = goodbye; bye bye = bye; set up = setup; sum up = summarize; \
    thank you = thanks; baton dot toml = baton.toml; baton toml = baton.toml; o clock = oclock; \
    per cent = percent; up time = uptime; wi fi = wifi; too long did not read = summarize; tl dr = summarize; \
    tldr = summarize; hook up = connect; plug in = connect; re connect = connect; every thing = everything; \
    take away = minus; takeaway = minus; good night = goodnight; see ya = see you; mm hm = okay; mm hmm = okay; \
    uh huh = okay; u t c = utc; g m t = gmt",
    )
});

/// Words that sound like the ones that are meant; tried only where the words as written make no sense.
pub(super) static SOUNDS_LIKE: LazyLock<Pairs> = LazyLock::new(|| {
    pairs(
        "thyme = time; tyme = time; thymes = times; tines = times; dived = divided; buy = by; bye = by; \
    miners = minus; minors = minus; pulse = plus; routes = root; route = root; squire = square; wait = weight; \
    per cents = percent; feat = feet; our = hour; ours = hours; dey = day; daze = days; weak = week; \
    grahams = grams; graham = gram; ounce is = ounces; in chess = inches; yours = hours; due = do; dew = do; \
    eye = i; wear = where; whether = weather; their = there; hour you = are you; fair and height = fahrenheit; \
    fair in height = fahrenheit; sell see us = celsius; cell see us = celsius; cells use = celsius; \
    sells us = celsius; spill = spell; moddle = model; mottle = model; good buy = goodbye; good by = goodbye; \
    sank you = thanks; tank you = thanks; yes today = yesterday; to day = today; to morrow = tomorrow; \
    two morrow = tomorrow; two day = today; a gain = again; agan = again; re peat = repeat; \
    stay that = say that; some up = summarize; some marise = summarize; summer eyes = summarize; \
    summer rise = summarize; some of = sum of; alama = ollama; a llama = ollama; what i'm is = what time is; \
    watt = what; wot = what; want is = what is; hoar = hour; hay = hey",
    )
});

/// Digits that sound like small words, tried only inside sums and conversions.
pub(super) static SOUNDS_LIKE_DIGITS: LazyLock<Pairs> = LazyLock::new(|| {
    pairs(
        "to = two; too = two; for = four; fore = four; won = one; ate = eight; tree = three; free = three; \
    tin = ten; nein = nine; fife = five",
    )
});

/// Words of courtesy and emphasis that change no question.
pub(super) static DROPPED: LazyLock<Phrases> = LazyLock::new(|| {
    phrases(
        "please; kindly; just; actually; basically; maybe; possibly; quickly; perhaps; literally; really; simply; \
    again; like; oh; well; exactly; precisely",
    )
});

/// Words of degree and manner, dropped where nothing else helped.
pub(super) static DROPPED_LATE: LazyLock<Phrases> = LazyLock::new(|| {
    phrases(
        "easiest; simplest; quickest; fastest; easy; simple; way; very; quite; pretty; so; too; also; still; \
    already; even; ever; though; currently; probably; right; now; proper; properly; correct; correctly; \
    possible; somehow; anyway; okay; dear; then; there; here; today; yet",
    )
});

/// "to" heard as a number.
pub(super) static NUMBER_FOR_TO: LazyLock<Pairs> = LazyLock::new(|| pairs("two = to; 2 = to; too = to"));

/// Politeness and calls for attention before a request.
pub(super) static BEFORE: LazyLock<Phrases> = LazyLock::new(|| {
    phrases(
        "can you tell me; could you tell me; would you tell me; will you tell me; can you give me; \
    could you give me; can i get; can i have; could i get; could i have; may i have; may i ask; can i ask you; \
    can i ask; could i ask; may i know; can i know; can you; could you; would you; will you; tell me; give me; \
    show me; let me know; let us know; please; i want to know; i would like to know; i would love to know; \
    i need to know; i would like you to; i want you to; i need you to; i would like to hear; i want to hear; \
    i would like to; i would love to; i want to; i need to; i would like; i would love; i want; i need; \
    i was wondering; i am wondering; i wonder; do you happen to know; would you happen to know; happen to know; \
    would you know; do you know; any idea; any chance you know; have you any idea; do you have any idea; \
    got any idea; have you got any idea; would you mind telling me; mind telling me; would you mind; \
    do you mind; is it possible to; is there a way to; would it be possible to; i have a question; \
    i got a question; i was going to ask; let me ask you; let me ask; can you help me; could you help me; \
    please help me; help me out; help me; help me with; are you able to; would you be able to; if you could; \
    if you can; if; whether; i mean; just; quickly; real quick; quick question; my bad; question; one question; \
    another question; one more thing; remind me; go ahead and; try to; let us; let me; how about; what about; \
    about; hi there; hello there; hey there; hi; hello; hey; good morning; good afternoon; good evening; \
    greetings; okay; all right; right; so; well; now; and; but; oh; yes; yeah; yep; no; nope; then; also; next; \
    sorry; excuse me; pardon me; thanks a lot; thanks; listen; look; great; cool; nice; perfect; baton; button; \
    batten; wait; hold on; by the way; first; ask; you tell me; you know; hey baton; to; out; for me; quick; \
    like; with; me; what i want to know is; what i wanted to ask is; my question is; the question is; i forgot; \
    i do not know; not sure; i am not sure; i want to ask; i wanted to ask; i have to ask; i wanted to know; \
    i am curious; curious; i am trying to find out; i am trying to; do you want to; you can; you could; may i; \
    can i; could i; can we; could we; should we; shall we; we need to; i have to; i have got to; explain; \
    explain to me; say; check; find out; figure out; look up",
    )
});

/// Politeness and calls for attention after a request.
pub(super) static AFTER: LazyLock<Phrases> = LazyLock::new(|| {
    phrases(
        "please; thanks; thanks a lot; thanks so much; thanks very much; for me; if you can; if you could; \
    if you do not mind; if you would; if possible; if you know; if you please; would you; will you; could you; \
    can you; do you know; do you think; by any chance; right now; now; then; my friend; friend; baton; button; \
    buddy; mate; man; dude; though; real quick; quick; when you get a chance; i wonder; or something; you know; \
    yeah; okay; right; or what; anyway; there; so far; at the moment; at present; today; real fast; too; \
    as well; or so; that is all; i forgot; i was wondering; is what i want to know; huh; exactly; \
    in your opinion; for us; to me; out loud; aloud; quickly; already; again; bro; pal; dear; here; in total; \
    i need to know; i have no idea; i want to know",
    )
});

/// Words with which a request begins anew after a false start.
pub(super) static STARTS: LazyLock<Phrases> = LazyLock::new(|| {
    phrases(
        "what; how; when; who; which; can; could; tell; convert; spell; is; do; repeat; calculate; say; summarize; \
    give; did; are; where; add; divide; multiply; subtract",
    )
});

/// Words that a false start may consist of: they ask nothing by themselves.
pub(super) static EMPTY: LazyLock<Phrases> = LazyLock::new(|| {
    phrases(
        "what; is; the; how; can; could; you; i; me; a; do; does; so; to; of; and; it; was; would; like; tell; know; \
    need; want; are; will; please; well; okay; no; wait; sorry; hey; give; quick; math; \
    maths; question; next; then; that; which; when; on; in; at; my; your; baton; hi; hello",
    )
});

/// Words with which a speaker takes back what came before.
pub(super) static REPAIRS: LazyLock<Phrases> = LazyLock::new(|| {
    phrases(
        "i mean; i meant; no wait; wait no; or rather; no sorry; sorry no; scratch that; correction; no i mean; \
    sorry i mean; sorry i meant; no; sorry; make that; wait",
    )
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_has_words() {
        for table in [&WRITTEN_OUT, &FOLDED, &SOUNDS_LIKE, &SOUNDS_LIKE_DIGITS, &NUMBER_FOR_TO] {
            assert!(table.iter().all(|(from, _)| !from.is_empty()) && !table.is_empty());
        }
        for list in [&HESITATIONS, &DROPPED, &DROPPED_LATE, &BEFORE, &AFTER, &STARTS, &EMPTY, &REPAIRS] {
            assert!(list.iter().all(|phrase| !phrase.is_empty()) && !list.is_empty());
        }
    }
}
