//! The closed vocabularies of the concierge, in the order in which they are tried (see [`super::rules`]).

use super::Intent;
use super::rules::{Rule, Shape};

const fn open(intent: Intent, needs: &'static [&'static str], allows: &'static str) -> Rule {
    Rule { intent, needs, allows, shape: Shape::Open, len_max: 20 }
}

const fn closed(intent: Intent, needs: &'static [&'static str], allows: &'static str) -> Rule {
    Rule { intent, needs, allows, shape: Shape::Closed, len_max: 14 }
}

const fn statement(intent: Intent, needs: &'static [&'static str], allows: &'static str) -> Rule {
    Rule { intent, needs, allows, shape: Shape::Statement, len_max: 14 }
}

/// Words that hold a question together and mean nothing alone.
pub(super) const GLUE: &str = "a an the is are am was were be been being do does did can could will would may might have has had got get you your \
    i my me we our us it its this that these there here what which how who when to of for in on at by with from and or so but if please tell \
    give show say know let want need like now right then some any all not ever up out about currently just yourself mine";

/// Words that change no question, accepted last of all in every rule but the statements.
pub(super) const NEUTRAL: &str = "a an the this that of for in on at by to is are now just then some any all exactly anything something everything thing things stuff way ways around again yet ever always maybe perhaps even also too more \
    other another else one ones both each every whole own such very quite really truly simply only already still soon currently via over through \
    without within along back off here there hey hi hello thanks okay sure well oh today here simple simplest easy easiest quick quickest please friend kindly";

/// Names of models, their makers, and the keys to them.
const MODELS: &str = "model models llm llms ollama openai chatgpt gpt claude llama mistral gemini key api base_url baton.toml brain \
    anthropic vllm deepseek qwen azure endpoint lm";

/// What may stand in a request to connect a model.
const CONNECTING: &str = "language ai large local own external remote smarter better instead other another different offline online provider \
    server base url environment variable variables bigger real proper file toml service cloud account token secret studio machine through into \
    baton should via hosted running one make possible way best first talk begin go explain good new able working name where wanna cpp llama.cpp four 3 4 5 \
    turbo mini supports supported between turn pro steps instructions work started start";

use Intent::{
    Acknowledge, Apology, Capabilities, Compliment, ConnectModel, Goodbye, Greeting, HearingCheck, HowAreYou, Identity,
    Joke, Status, Thanks, Upset, Welcome,
};

/// The first rule that fits counts.
pub(super) static RULES: &[Rule] = &[
    // Leaving.
    closed(
        Goodbye,
        &["goodbye bye goodnight cheerio farewell ciao adios"],
        "okay all right well thanks for now everyone baton then so i have to go must be going will talk you later see soon until next time \
         tomorrow good night have a great nice day evening one weekend that is was it take care say saying my friend and the help your very much \
         lot again no let us",
    ),
    statement(
        Goodbye,
        &["see talk speak catch", "you", "later soon tomorrow around again next"],
        "okay all right well thanks for now then so i will to we time morning baton have nice day a good up chat with",
    ),
    closed(Goodbye, &["see", "you"], "okay then baton thanks will well all right i"),
    closed(
        Goodbye,
        &[
            "end quit exit close finish stop disconnect hang leave",
            "conversation session call chat up listening program quit exit disconnect",
        ],
        "the this our can could you please we let us okay now i want would like to here for today that from baton thanks with will",
    ),
    closed(
        Goodbye,
        &["turn shut switch power", "off down", "yourself baton session program"],
        "you can could please now the okay thanks this",
    ),
    statement(
        Goodbye,
        &["i we", "go going leave leaving off done finished finish run stop"],
        "have has got to am must can could should need now be will are with you it here let really better had that is all for today talking okay baton \
         thanks think time well right sorry",
    ),
    statement(
        Goodbye,
        &["that nothing", "is was will would", "all everything it else"],
        "be for now today thanks i think okay so we had need needed from me wanted really no well then baton there asked to know you great good",
    ),
    closed(
        Goodbye,
        &["have", "good great nice lovely pleasant wonderful", "day evening night weekend one"],
        "a good great nice lovely pleasant wonderful rest of your the you too thanks okay baton and",
    ),
    statement(Goodbye, &["you", "can may", "go leave rest sleep"], "now baton thanks okay to for today"),
    statement(Goodbye, &["so", "long"], "then baton everyone and thanks for now"),
    statement(Goodbye, &["until", "next tomorrow later"], "time then baton thanks okay well"),
    statement(
        Goodbye,
        &["stop end finish leave", "here"],
        "let us we can should okay for today it at please want to i",
    ),
    statement(Goodbye, &["that", "enough", "today now"], "is was for thanks okay"),
    statement(Goodbye, &["end finish", "this it things"], "let us can we please now i want to here"),
    statement(Goodbye, &["talk speak see", "soon later"], "you to we will okay baton then thanks"),
    closed(Goodbye, &["take", "care"], "okay now of yourself baton then and thanks"),
    statement(Goodbye, &["nothing no", "else more"], "thanks all okay for now anything baton good i am"),
    statement(Goodbye, &["all done set", "done set finished"], "i am we are okay now thanks for today baton here"),
    statement(Goodbye, &["that", "all"], "for now today thanks okay baton no will be"),
    // Being heard.
    closed(
        HearingCheck,
        &["hear hearing listening there understand awake", "you anybody anyone somebody"],
        "can do are me still is hello baton on okay now properly well my voice hi hey at all clearly",
    ),
    closed(
        HearingCheck,
        &["test testing mic microphone"],
        "one two three 1 2 3 this is a the hello just okay sound check my your baton on working it does work do",
    ),
    closed(HearingCheck, &["this", "on working", "thing"], "is hello"),
    closed(HearingCheck, &["hello", "anybody anyone somebody"], "is there home here"),
    // Manners.
    closed(
        HowAreYou,
        &["how", "are is feel feeling going doing been", "you your it things everything life day"],
        "today this morning evening afternoon hi hello hey hiya howdy yo good okay well there baton fine thanks and doing keeping so have with all okay right now do night \
         to weekend week",
    ),
    closed(HowAreYou, &["how", "do", "you"], "today baton hello there"),
    closed(HowAreYou, &["are", "you", "okay well fine good all"], "feeling baton right there doing today hey hi hello"),
    closed(HowAreYou, &["everything", "okay right fine good well"], "is all with you baton going"),
    closed(HowAreYou, &["what", "up new"], "is baton there today hey hi hello with you man"),
    statement(
        Greeting,
        &["hello hi hey howdy greetings hiya yo morning afternoon evening aloha hallo"],
        "good there again baton to you my friend everyone everybody it is me a very and the assistant computer robot okay nice day old pal all yes oh",
    ),
    statement(Greeting, &["good"], "day baton to you there"),
    statement(
        Greeting,
        &["nice pleased good glad great pleasure lovely", "meet meeting see talk talking speak speaking hear back"],
        "you to it is too baton a very i am from with again hello hi hey there be meeting talking",
    ),
    statement(Acknowledge, &["no nope", "thanks"], "i am good okay fine that is all right not now for it very much"),
    statement(
        Thanks,
        &["thanks thank cheers grateful appreciate appreciated thankful ta"],
        "you so much a lot very many for that your the it this help helping answer baton i am okay great good perfect nice all right of telling me \
         time information info know well indeed was is kind kindness patience ever and fine excellent lovely then no yes awesome cool wonderful \
         million bunch again to do doing really just helpful useful",
    ),
    statement(
        Welcome,
        &["welcome mention problem pleasure"],
        "you are very no my not at all do it any time anytime baton most always is the that was",
    ),
    statement(
        Apology,
        &["sorry apologies apologize apologise fault mistake mistaken forgive"],
        "i am my so very about that oh bad was it is the for a to you me please really made wrong interrupting interruption baton did not mean no okay",
    ),
    statement(
        Acknowledge,
        &[
            "okay yes yeah yep yup no nope sure fine right great good cool nice perfect understood see got gotcha interesting \
         excellent wonderful wow awesome indeed true correct agreed fair lovely super sense",
        ],
        "i all that is it then oh very well sounds enough thanks you know so me for of course not now really thing baton a makes to absolutely",
    ),
    statement(
        Acknowledge,
        &["never forget cancel ignore nothing nevermind skip leave drop"],
        "mind it that about my last question please just okay no actually what i said the request for now is was",
    ),
    statement(
        Acknowledge,
        &["stop quiet hush silence shush enough shut"],
        "be up it talking that speaking now okay please is you can no thanks the just",
    ),
    statement(
        Compliment,
        &[
            "great good nice awesome amazing wonderful helpful brilliant smart clever excellent fantastic best cool impressive impressed perfect \
           lovely cute love well polite kind useful incredible superb funny sweet like",
            "you your that this it i job work answer voice one done assistant bot robot",
        ],
        "are is was very really so a the how baton what an robot doing did helper machine thing for friend much quite pretty such extremely \
         absolutely been have had sound sounds being to me thanks oh wow do of",
    ),
    statement(
        Upset,
        &[
            "stupid useless dumb idiot terrible awful bad horrible hate suck sucks annoying rubbish worst wrong nonsense garbage slow",
        ],
        "you are is was that very really so a the your i this baton it of what an totally completely not no answer answers machine thing robot do \
         such job at being too pretty just right oh",
    ),
    closed(
        Joke,
        &["joke jokes funny laugh pun puns knock"],
        "tell me a an another say something make us you know any do have got good one more some your best favorite can could i want to need \
         would like hear give please how about let baton in the mood for dad short quick new different",
    ),
    // Who it is.
    closed(
        Identity,
        &["who what", "you your this baton name talking speaking called"],
        "are is am i with should exactly again the to there thing really anyway of kind sort type assistant program software a here",
    ),
    closed(
        Identity,
        &["call called name names", "you your"],
        "what state give should i do can may people they how have a does go by say again tell me is the and know would like to hear anyone us want got",
    ),
    closed(
        Identity,
        &["yourself introduce introduction"],
        "tell me about a bit little something more who are you what is do can could i would like to know please us and say talk describe the an of",
    ),
    closed(
        Identity,
        &[
            "are is am",
            "you this baton talking speaking",
            "robot human person machine computer ai bot real program alive man woman male female people artificial chatbot",
        ],
        "a an the or i talking to speaking with just some kind of really actually living intelligence actual sort",
    ),
    closed(Identity, &["do have are", "you", "feelings emotions conscious sentient soul"], "any a really feel"),
    closed(Identity, &["is are", "this you that", "baton"], "am i really"),
    closed(
        Identity,
        &["who", "made built created wrote developed programmed makes invented designed"],
        "you your this baton is was has the that program software",
    ),
    // What it runs on, asked in the words in which one could ask for a model too.
    closed(
        Status,
        &["which what are do is", MODELS, "you your", "use using run running have used powered"],
        "the a an on are is language currently now any what kind of ai at moment right behind tell me connected loaded by which sort",
    ),
    closed(
        Status,
        &["which what", MODELS, "use loaded running active connected configured selected"],
        "is are in the a language currently now at moment here right being",
    ),
    // Connecting a model.
    open(
        ConnectModel,
        &[
            MODELS,
            "connect connecting setup set add adding use using configure configuring config configuration install installing attach link enable switch \
           switching put enter insert change activate integrate run running give provide select choose pick upgrade bring load connected connection \
           instructions steps paste supply register specify replace need needed talk access started hook plug go goes belong belongs point direct",
            "how where can could want need like let help connect setup set add use using configure install attach link enable switch switching put \
           enter change instructions steps activate integrate explain run upgrade give bring load select choose configuring connecting needed must hook plug point",
        ],
        CONNECTING,
    ),
    open(ConnectModel, &["work works working compatible support supports run", "with you", MODELS], CONNECTING),
    open(
        ConnectModel,
        &[
            "smarter cleverer smart better intelligent improve clever powerful",
            "you answers baton assistant",
            "how make making get getting become upgrade improve can could want like need",
        ],
        "answer more teach respond responses conversation conversations brain help give at",
    ),
    open(
        ConnectModel,
        &["connect connecting setup set configure install upgrade improve extend", "you baton", "how what can"],
        "something else bigger cloud internet service smarter",
    ),
    open(
        ConnectModel,
        &["baton.toml", "what where which how"],
        "does put goes go file edit config configuration write look change should belong belongs find setup use configure",
    ),
    open(
        ConnectModel,
        &["get have", "ai llm model chatgpt gpt openai claude ollama api", "how where can could what"],
        CONNECTING,
    ),
    open(
        ConnectModel,
        &["talk chat answer", "anything everything", "how can could", "you"],
        "more about questions get make",
    ),
    // What it can do.
    closed(
        Capabilities,
        &[
            "what how which list name give tell show describe explain are anything",
            "help assist do ask asking capable abilities ability features feature skills skill functions function functionality commands command options \
           capabilities capability able ideas requests request things topics offer support supported questions say good understand handle use know works work tricks \
           talents purpose services made designed examples example",
            "you your this it baton i me skills features commands capabilities options functions abilities functionality supported",
        ],
        "can am are of for to all the could is there available else kind kinds sort sorts type types my have about talk more some and with at does \
         different other that only exactly anything many ones possible without offline model on any a an stuff actually us get around here please \
         let in range answer useful helpful internet network everything interesting main so be",
    ),
    closed(Capabilities, &["what", "you this baton", "for"], "are is exactly it used made meant"),
    closed(Capabilities, &["what", "possible"], "is here all with you everything"),
    closed(Capabilities, &["what", "able capable", "you"], "would be to do for me are us with of doing"),
    closed(
        Capabilities,
        &["what which", "should could might", "ask say try tell", "you"],
        "i questions things to first we",
    ),
    // What it runs on and how it is.
    open(
        Status,
        &[
            "engine engines model models voice voices recognizer recogniser recognition stt tts transcription detector vad whisper piper silero llm \
           llms brain provider synthesizer synthesis",
            "you your this that using use loaded running installed active connected here configured available current enabled selected working",
        ],
        "language local neural text large speaking speak hear hearing listen list name names offline online kind sort type understand recognize \
         behind ai powered power powers moment baton many talking speech",
    ),
    open(
        Status,
        &["status state health diagnostics uptime condition healthy diagnostic diagnose statistics stats"],
        "system report current baton summary software everything overall check quick short self run running brief full much long moment machine session update \
         engines engine models",
    ),
    open(
        Status,
        &[
            "long when since time",
            "running up online awake alive started active start boot booted launched on around",
            "you baton system",
        ],
        "hours minutes many last server program software computer turned still much time",
    ),
    open(
        Status,
        &[
            "working running online offline connected local locally internet network wifi ready operational functional functioning",
            "you system systems everything baton things we",
        ],
        "good well machine computer connection require still correctly without fully going normally normal parts okay cloud self hosted work only \
         completely server properly fine run smoothly",
    ),
    open(Status, &["okay fine order good well doing going", "system systems everything"], "still"),
    open(
        Status,
        &[
            "long many much when",
            "conversation session talking talked speaking spoken chat chatting asked questions messages turns exchanges start started began said",
            "we i this our us",
        ],
        "going time minutes hours lasted lasting since far already first so talk question each other exchanged today things times begin",
    ),
    open(
        Status,
        &["wrong problem problems error errors issue issues fault faults", "you system anything everything any"],
        "there system baton still working",
    ),
    open(Status, &["how", "system systems server"], "things"),
    open(Status, &["what which", "running loaded active"], "engines currently"),
    open(Status, &["check test diagnostics", "system systems self health"], "run do perform start quick"),
    open(
        Status,
        &[
            "sent send sending leave leaves upload uploaded uploading recorded recording record stored store storing private privacy cloud share shared safe secure secret kept",
            "voice data audio words conversation machine information recordings speech computer everything anything",
        ],
        "anywhere else anyone somewhere to off outside said saying say anybody internet they sound where go goes",
    ),
    open(Status, &["up alive", "system systems server"], "still"),
    open(Status, &["version"], "running using software baton current number"),
    closed(
        Capabilities,
        &["help assist assistance"],
        "me i need some can you could please with a little bit of out what how do would like to will want are here for us be your get may is there \
         any menu the things kinds sort kind that baton know in else",
    ),
    closed(
        Capabilities,
        &[
            "can do are able could",
            "you",
            "math maths mathematics arithmetic sums calculations calculate calculator convert conversions conversion \
           units spell spelling summarize jokes count add multiply numbers percentages time date dates clock",
        ],
        "any some simple basic to the tell work out things words a and or know help me with handle good at what is be for",
    ),
];
