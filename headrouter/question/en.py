"""English, as questions are asked in it."""

from headrouter.question.language import ANIMALS, MUSIC, VEHICLES, Language, Sound

FUNCTION_WORDS = frozenset(
    "a against an and any are at be because been being besides both by can could did do does else "
    "for from had has have he her hers him his how i if in into is it its many me might mine much "
    "must my of on onto or our ours over shall she should so some tell than that the their them "
    "then there these they this those through to too under us very was were what when where which "
    "who whom whose why will with within without would you your".split()
)
ASKING_WORDS = frozenset(
    "about after all answer anybody anyone anything audible before begin begins between choose "
    "clip come comes correct describe directly during either end ever everything exactly few "
    "find first follow following follows give happen happened happens hear heard hears here "
    "immediately just kind last letter list listen long mainly mention mentioned mentions name "
    "new no noise none not now occur occurs often only option options other out play played "
    "playing plays please quote recorded recording right roughly said say saying says sentence "
    "sentences somebody someone something sort sound sounds speak speaks spoken summarise "
    "summarize talk talked talking talks time times transcribe transcript type up we word words "
    "write yes".split()
)

RECORDING = (
    "recording|meeting|podcast|talk|conversation|audio|call|episode|interview|lecture|clip|file"
)
PEOPLE = (
    "people|persons|speakers|voices|participants|men|women|males|females|kids|children|hosts"
    "|guests|audience|crowd"
)

ORDINALS = "first|second|third|fourth|fifth|sixth|last"

PHRASES = {
    # Of each recording by itself
    "which of each": ("in which|what", "which"),
    "how many of each": ("in how many", "how many"),
    "before recordings": ("my|our|your|these|those|all|last|recent",),
    "recordings": (
        "recording|recordings|call|calls|meeting|meetings|file|files|episode|episodes|lecture"
        "|lectures|interview|interviews|conversation|conversations|podcast|podcasts|talk|talks"
        "|session|sessions|memo|memos|note|notes|message|messages|voicemail|voicemails",
    ),
    # Openings
    "polite": (
        "please|and|so|but|also|now|then|well|okay|ok|hey|hi|hello",
        "can|could|would|will you please|kindly|maybe",
        "do you know|think if|whether|that",
        "do you know|think",
        "i want|need|would|like to know if|whether",
        "i want|need|like to know",
        "tell|show|say me",
        "tell me if|whether",
        "give|make|write me|us",
    ),
    "can you": ("can|could|would|will you",),
    "requests": (
        "tell|give|list|name|summarise|summarize|transcribe|quote|show|describe|find|count|write"
        "|say|explain|make|sum",
    ),
    "if": ("if|whether",),
    "interrogative": ("who|whom|whose|what|which|when|where|why|how",),
    "who": ("who|whom|whose",),
    "and who": ("who|whom|whose",),
    "yes or no": (
        "is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|shall|should|may",
    ),
    # About the turn before
    "goes on": (
        "and|but|so|then|or",
        "and then|also",
        "and|but|so what|how about",
        "what|how about",
    ),
    "prepositions": (
        "in|on|at|for|with|without|from|to|of|by|before|after|during|under|over|between"
        "|through|until|since",
    ),
    "determiners": ("the|a|an|his|her|their|its|my|our|your|this|that|these|those",),
    "pronouns": ("it|he|she|they|them|him|this|that|these|those",),
    "asks only": (
        "why|where|when|how|who|whom|whose|what|which",
        "how long|many|much|often|far|old|big|high|fast",
        "since|until|from|by|at|to when|what|where|which",
    ),
    "follow when": (
        "when was|is that|this|it",
        "when did|does|do they|he|she|you|somebody say that|this|it",
        "what|which time was that|it",
        "at what|which time",
        "at what|which time was that|it",
        "when|when exactly",
        "when was|is that|this|it said|mentioned|heard|happening",
        "when did|does that|this|it happen|occur|begin|start|end|come",
        "when did|does he|she|they|somebody|someone say|mention that|this|it",
    ),
    "follow who": (
        "who said|says|did that|this|it|so",
        "who was|is that|it",
        "who says|said",
        "who was|is speaking|talking then|there",
    ),
    "follow nth": (
        f"the {ORDINALS}",
        f"the {ORDINALS} one",
        f"what|how about the {ORDINALS}",
        f"what|how about the {ORDINALS} one|time",
        f"the {ORDINALS} time",
        f"when was|is the {ORDINALS} one|time",
    ),
    "follow about": ("what|how about",),
    # All words, or the exact ones about something
    "transcript": (
        "transcribe|transcript|transcripts|transcription|verbatim",
        "word for word",
        "write down",
    ),
    "what is said": ("what is|was said",),
    "quote": ("quote|quotes|cite", "what exactly", "exact words", "exact wording"),
    # The whole of it
    "tasks": (
        "action items|points|item|point",
        "to dos",
        "to do list",
        "todo|todos",
        "next steps",
        "which|what|all|list tasks|decisions|commitments|promises",
        "are|list|name|which|what|all the tasks|decisions|commitments|promises",
        "who does|has what",
        "who has|needs to do what",
        "who will|must|should do what",
    ),
    "summary": (
        "summary|summaries|summarise|summarize|summarised|summarized|overview|outline|gist|tldr",
        "sum up",
        "tl dr",
        "sum it|this|that up",
        "main|key point|points|topic|topics|idea|ideas|theme|themes|takeaway|takeaways",
        "bullet points",
        f"whole|entire {RECORDING}",
    ),
    "what is this": (
        "what is|was this|that|it",
        "what is|was it all",
        f"what is|was the|this|that|my {RECORDING}",
        f"what is|was the|this|that whole|entire {RECORDING}",
        f"what is|was the {RECORDING} all|mostly|mainly",
        f"{RECORDING} {RECORDING}",
    ),
    "recording": (RECORDING,),
    "about": ("about", "all|mostly|mainly about", "about then"),
    "topics": (
        "which|what|all topics|subjects|themes",
        "what do|did|are|were they|people|we talk|speak|talking|speaking|discuss|discussing",
        "what do|did|are|were the people|speakers talk|speak|talking|speaking|discuss|discussing",
        "what is|was discussed",
        "what is|was being discussed",
        "what is|was talked about",
        "what is|was the conversation|discussion about",
    ),
    "profile": (
        "anything|something|what interesting|special|unusual|noteworthy|remarkable",
        "what is|was interesting|special|unusual|noteworthy|remarkable",
        f"describe the|this|that|my {RECORDING}",
        f"about the|this|that|my {RECORDING}",
        f"what is|was in|on the|this|that|my {RECORDING}",
        f"what happens|happened|happen in|on|during the|this|that|my {RECORDING}",
        "what happens|happened here",
        f"how long is|was the|this|that|my {RECORDING}",
        f"length|duration of the|this|that|my {RECORDING}",
    ),
    "profile whole": (
        "what is|was this|that|it",
        "describe it|this|that",
        "what happens|happened",
        f"what is|was the|this|that {RECORDING}",
        "how long is|was it|this",
    ),
    "list": ("list|name|enumerate all|every|each|the",),
    # People
    "how many people": (
        f"how many {PEOPLE}",
        f"how many different|other {PEOPLE}",
        f"number of {PEOPLE}",
        "more than one|two|three person|speaker|voice|people|speakers|voices",
    ),
    "who speaks": (
        "who speaks|talks|speak|talk|spoke|talked",
        "who is|are|was|were speaking|talking|calling|phoning",
        "who is|are|was|were the speaker|speakers",
        "who takes|take|took part",
    ),
    "gender": ("man|men|woman|women|male|female|males|females|gender|sex|boy|girl|lady|ladies",),
    "speaking": (
        "speak|speaks|speaking|spoke|talk|talks|talking|talked|speech|voice|voices"
        "|conversation|spoken",
        "take|takes|took|taking part",
        "anything|something said",
        "says|say|said anything|something",
    ),
    "the speaker": ("speaker|speakers|caller|host|guest|one|person|somebody|someone",),
    "how long": ("how long", "how much time", "from when to|until|till when"),
    "most": ("most|more|longest|least",),
    # Where it is, and in which language
    "place": (
        f"what|which kind|sort|type of place|location|room|environment|setting|scene|{RECORDING}",
        "what|which place|location|environment|setting|surroundings",
        "where was|is this|it|that recorded|made|taken",
        f"where was|is the|this|that {RECORDING} recorded|made|taken",
        "inside|indoors or outside|outdoors",
        "outside|outdoors or inside|indoors",
    ),
    "places": (
        "phone|line|office|street|kitchen|house|car|train|restaurant|park|room|station|home|church|shop"
        "|school|farm|forest|studio|hall",
    ),
    "place whole": (
        "where is|was this|it|that",
        "where are|were they|we|you",
        "where are we|you here",
    ),
    "language": ("what|which language|languages", "language is|are|do|does|was|were"),
    # Sounds
    "by ear": (
        "sound|sounds|noise|noises|hear|hears|heard|hearing|listen|audible|music|instrument"
        "|instruments|voice|voices",
    ),
    "which sounds": (
        "which|what|all|other|any|background sounds|noises|noise|sound",
        "which|what|all|other|any|background animal|nature|city|background sounds|noises|noise",
        "all|the sounds|noises",
        "all|everything that can|could be heard",
        "all|everything that you|we|one can|could hear",
        "which|what kind|kinds|sort|sorts|type|types of sound|sounds|noise|noises",
        "sounds|noises other",
        "what|which else is|was|can|could be|heard|audible|you|we",
    ),
    "what is heard": (
        "what can|could be heard",
        "what can|could|do|did you|one|we|i hear",
        "what is|was heard|audible",
        "what is|was to be heard",
        "what is|was there to hear",
    ),
    "which instruments": (
        "what|which music|musical instrument|instruments",
        "which|what|all instruments|instrument|animals|animal|vehicles|vehicle",
        "which|what|all kind|kinds|sort|sorts of instrument|instruments|animal|animals",
    ),
    # When and how often
    "when": (
        "when",
        "what time",
        "at|around|about|from|until what|which time|minute|point|moment|second",
        "since|until|from|till when",
        "how long",
        "where in",
    ),
    "starts": (
        "start|starts|started|begin|begins|began|stop|stops|stopped|end|ends|ended|finish|finishes"
        "|happen|happens|happened|occur|occurs|occurred|appear|appears|appeared|come|comes|came"
        "|pass|passes|passed|go|goes|going|went|ring|rings|rang|ringing|sound|sounds|sounded"
        "|heard|hear|audible|last|lasts|lasted|play|plays|played|playing|arrive|arrives|run|runs"
        "|running|fly|flies|drive|drives|fall|falls|fell|falling|fire|fires|blow|blows|make|makes"
        "|made|cry|cries|first|again|loud|being|somewhere|away|past|by|near|background"
        "|recording|distance|beginning|middle|somebody|someone|anybody|anyone|going",
    ),
    "count": ("how many times", "how often", "count the|how|all|every|each", "number of times"),
    "how many": ("how many",),
    "how many acts": (
        "how many knocks|barks|coughs|sneezes|rings|honks|sirens|shots|bangs|laughs|claps"
        "|knocking|beeps|clicks",
    ),
    "spoken of": (
        "mention|mentions|mentioned|discuss|discusses|discussed|said|say|says|named",
        "talk|talks|talking|talked|speak|speaks|spoke|speaking about|of",
        "come|comes|came up",
    ),
    "there": (
        "is|are|was|were there",
        "hear|heard|audible",
        "sound|sounds|noise|noises of",
        "have|has you|anyone|anybody heard",
    ),
    # What comes before and after
    "order verb": (
        "come|comes|came|happens|happened|happen|heard|hear|hears|follows|followed|follow"
        "|said|say|says|sounds|sound|is|was|can|did|does|do",
    ),
    "after": ("after|following|follows|followed",),
    "before": ("before|preceding|precedes|preceded",),
    "first": ("comes|came|happens|is|was|heard first", "first"),
    "said": ("said|say|says|spoken|told|words|sentence|tell",),
    # What sort of answer is wanted, and the words by which a sentence holds one
    "asks how": ("how old|high|tall|deep|fast|big|large|heavy|wide|hot|cold",),
    "asks money": ("how much is|are|was|were", "how much money"),
    "money": (
        "money|pound|pounds|dollar|dollars|euro|euros|cent|cents|pence|penny|quid|bucks|free"
        "|cost|costs|price|prices|fee|fees|pay|pays|paid|charge|rent|deposit|salary|budget"
        "|cheap|expensive|offer",
    ),
    "sums": ("money|cost|costs|price|prices|pay|pays|paid|expensive|cheap",),
    "number": ("hundred|thousand|million|billion|dozen|seventy|eighty",),
    "label": ("number|password|pin|code|address|brand|email",),
    "asks amount": (
        "how much|old|high|tall|deep|fast|big|large|heavy|wide|hot|cold|expensive",
        "what number|age|temperature|speed|height|weight|size|percentage",
        "what is the|his|her|their|your number|age|temperature|speed|height|weight|size",
    ),
    "costs": ("cost|costs|price|fee|pay|pays|paid|charge|charges|earn|earns|rent|money",),
    "how much": ("how much",),
    "asks time": ("which|what day|days|date|year|month|weekday", "how soon"),
    "asks what": ("what",),
    "asks which": ("which",),
    "amount": (
        "hundred|thousand|million|billion|dozen|half|quarter|third|double|free|nothing|none|nobody"
        "|everybody|all|both|many|few|several|most|whole|seventy|eighty|cents|percent",
    ),
    "time": (
        "monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may"
        "|june|july|august|september|october|november|december|spring|summer|autumn|fall|winter",
        "today|tomorrow|yesterday|tonight|morning|noon|afternoon|evening|night|midnight|weekend"
        "|day|days|week|weeks|month|months|year|years|century|hour|hours|minute|minutes|soon|now"
        "|later|ago|always|never|immediately|once|when|before|after|until|since|next|last|while"
        "|during|first|already|christmas|easter|birthday|o'clock",
    ),
    "about only": ("about|of|regarding|concerning",),
    "about what": ("about a|an|any|her|his|my|our|that|the|their|these|this|those|your",),
    # What is said of all of it
    "announces": (
        "this is the|our|my|a|your",
        "welcome to",
        "today we|is|our|i",
        "today's lecture|meeting|subject|topic|talk|episode|lesson",
        "is|are about",
        "talk|speak about",
        "the subject|topic is",
        "points|items today",
        "we look at",
    ),
    # How much of it
    "points": (
        "point|points|sentence|sentences|line|lines|item|items|bullet|bullets|thing|things"
        "|idea|ideas|topics|takeaways|tasks|decisions",
    ),
    # A range of time
    "first part": ("in|during|within|of|from the first|opening", "first"),
    "last part": ("in|during|within|of|from the last|final|closing", "last"),
    "from clock": ("after|from|since|between",),
    "to clock": ("before|until|till|to|and",),
}

NUMBERS = (
    {
        word: number
        for number, word in enumerate(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
            "fifteen sixteen seventeen eighteen nineteen twenty".split()
        )
    }
    | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90}
    | {"a": 1, "an": 1, "once": 1, "twice": 2, "thrice": 3, "couple": 2}
)

UNITS = {
    "second": 1.0,
    "seconds": 1.0,
    "sec": 1.0,
    "secs": 1.0,
    "s": 1.0,
    "minute": 60.0,
    "minutes": 60.0,
    "min": 60.0,
    "mins": 60.0,
    "hour": 3600.0,
    "hours": 3600.0,
    "h": 3600.0,
}

SOUNDS = (
    # Animals
    Sound("dog", ("dog|dogs bark|barks|barking|barked|howl|howls", "bark|barks|barking|barked|woof",
                  "dog|dogs"), ("puppy", "puppies")),
    Sound("cat", ("cat|cats", "meow|meows|meowing|meowed|purr|purrs|purring"), ("kitten",)),
    Sound("cow", ("cow|cows|cattle", "moo|moos|mooing|mooed")),
    Sound("sheep", ("sheep|lamb|goat|goats", "bleat|bleats|bleating")),
    Sound("pig", ("pig|pigs", "oink|oinks|grunt|grunts|grunting")),
    Sound("hen", ("hen|hens|chicken|chickens", "cluck|clucks|clucking")),
    Sound("rooster", ("rooster|roosters|cockerel", "crow|crows crowing"), ("cock",)),
    Sound("frog", ("frog|frogs|toad", "croak|croaks|croaking")),
    Sound("crow", ("crow|crows|raven",), ("caw|cawing",)),
    Sound("chirping birds", ("bird|birds|birdsong", "chirp|chirps|chirping|tweet|tweets",
                             "bird|birds sing|sings|singing|chirp|chirping")),
    Sound("crickets", ("cricket|crickets|cicada|cicadas",)),
    Sound("insects", ("insect|insects|fly|flies|bee|bees|mosquito",
                      "buzz|buzzes|buzzing")),
    Sound("owl", ("owl|owls", "hoot|hoots|hooting")),
    Sound("howling wolf", ("wolf|wolves", "wolf howling")),
    Sound("seagull", ("seagull|seagulls|gull|gulls",)),
    Sound("galloping horse", ("horse|horses", "hoof|hooves|gallop|galloping|neigh|neighing")),
    Sound("animal", ("animal|animals",), (), ANIMALS),
    # Weather and water
    Sound("rain", ("rain|rains|raining|rained|rainfall|downpour",)),
    Sound("thunderstorm", ("thunder|thunders|thundering|thunderstorm|storm|lightning",)),
    Sound("wind", ("wind|windy", "wind blow|blows|blowing"), ("blow|blows|blowing",)),
    Sound("sea waves", ("wave|waves|surf|sea|ocean", "sea|ocean waves")),
    Sound("pouring water", ("pour|pours|pouring|poured", "pouring water"), ("water",)),
    Sound("water drops", ("drip|drips|dripping", "water drops", "drop|drops|droplets"),
          ("tap", "water")),
    Sound("river", ("river|stream|brook", "running water"), ("water",)),
    Sound("crackling fire", ("fireplace|campfire|crackle|crackles|crackling", "crackling fire"),
          ("fire",)),
    # People without words
    Sound("laughing", ("laugh|laughs|laughing|laughed|laughter|giggle|giggles|giggling|chuckle",)),
    Sound("crying baby", ("baby|infant", "baby|infant|child cry|cries|crying|cried",
                          "crying baby|child", "cry|cries|crying|weep|weeps|weeping")),
    Sound("coughing", ("cough|coughs|coughing|coughed",)),
    Sound("sneezing", ("sneeze|sneezes|sneezing|sneezed",)),
    Sound("snoring", ("snore|snores|snoring|snored",)),
    Sound("breathing", ("breathe|breathes|breathing|breath|pant|panting|sigh|sighs|sighing",)),
    Sound("clapping", ("clap|claps|clapping|clapped|applause|applaud|applauds|applauding",)),
    Sound("footsteps", ("footstep|footsteps|steps|walking",), ("walk|walks|step",)),
    Sound("drinking or sipping", ("sip|sips|sipping|slurp|slurping",), ("drink|drinks|drinking",)),
    Sound("brushing teeth", ("brushing|brush|brushes teeth|his|her|their",)),
    # Things
    Sound("door knock", ("knock|knocks|knocking|knocked",
                         "knock|knocks|knocking|knocked at|on the|a door", "door knock|knocks")),
    Sound("door creak", ("creak|creaks|creaking|creaked|squeak|squeaks", "door creak|creaks",
                         "creaking door"), ("door",)),
    Sound("glass breaking", ("glass|something break|breaks|breaking|broke|shatter|shatters",
                             "glass shattering",
                             "breaking|shattering|broken glass"), ("glass",)),
    Sound("can opening", ("can opening|opens|opened", "opening a|of can|a"),),
    Sound("mouse click", ("click|clicks|clicking|clicked", "mouse click|clicks")),
    Sound("keyboard typing", ("typing|types|keyboard|typewriter",), ("type",)),
    Sound("clock tick", ("tick|ticks|ticking", "clock tick|ticks|ticking"), ("clock",)),
    Sound("alarm clock", ("alarm|alarms", "alarm clock|bell", "beep|beeps|beeping",
        "alarm goes|go|went|going off"), ("phone",)),
    Sound("church bells", ("church bell|bells", "bell|bells", "church bell|bells ring|rings"),
          ("church",)),
    Sound("vacuum cleaner", ("vacuum|hoover", "vacuum cleaner|cleaning")),
    Sound("washing machine", ("washing machine",)),
    Sound("toilet flush", ("flush|flushes|flushing|flushed", "toilet flush|flushes|flushing"),
          ("toilet",)),
    Sound("hand saw", ("sawing|saw wood", "hand saw"), ("saw|saws",)),
    Sound("chainsaw", ("chainsaw|chainsaws", "chain saw")),
    Sound("fireworks", ("firework|fireworks|firecracker|firecrackers",)),
    # Traffic
    Sound("siren", ("siren|sirens", "ambulance|police siren"), ("ambulance|police",)),
    Sound("car horn", (
        "horn|horns|honk|honks|honking|honked", "car|cars horn|horns|honk|honks|honking|honked",
    )),
    Sound("train", ("train|trains", "train pass|passes|passing"), ()),
    Sound("airplane", ("airplane|airplanes|plane|planes|aeroplane|aircraft|jet",)),
    Sound("helicopter", ("helicopter|helicopters|chopper",)),
    Sound("engine", ("engine|engines|motor|motors|motorcycle|motorbike",)),
    Sound("car", (), ("car|cars|truck|trucks|lorry|lorries",), ("engine", "car horn")),
    Sound("street traffic", ("traffic", "street|road traffic|noise"), ("street",)),
    Sound("vehicle", ("vehicle|vehicles",), (), VEHICLES),
    # Music
    Sound("music", ("music|song|songs|melody|tune", "music play|plays|playing"),
          ("instrument|instruments",), MUSIC),
    *(Sound(name, (name, f"{name}s" if " " not in name else name)) for name in MUSIC),
    Sound("singing", ("sing|sings|singing|sang",)),
)  # fmt: skip

CONTRACTIONS = {
    "whats": "what is",
    "wheres": "where is",
    "whos": "who is",
    "hows": "how is",
    "whens": "when is",
    "smth": "something",
    "sth": "something",
    "sb": "somebody",
    "pls": "please",
    "plz": "please",
    "abt": "about",
    "what's": "what is",
    "who's": "who is",
    "where's": "where is",
    "when's": "when is",
    "that's": "that is",
    "there's": "there is",
    "it's": "it is",
    "how's": "how is",
    "to-do": "todo",
    "to-dos": "todos",
    "to-do's": "todos",
}

ENGLISH = Language(
    code="en",
    name="English",
    function_words=FUNCTION_WORDS,
    asking_words=ASKING_WORDS,
    phrases=PHRASES,
    ordinals=tuple(ORDINALS.split("|")[:-1]),
    numbers=NUMBERS,
    units=UNITS,
    sounds=SOUNDS,
    contractions=CONTRACTIONS,
)
