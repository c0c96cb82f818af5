"""German, as questions are asked in it."""

from headrouter.question.language import Language, named

FUNCTION_WORDS = frozenset(
    "ab aber als am an auf aus bei beim bin bis bist da damit dann das dass dein deine dem den "
    "denn der des dich die dies diese diesem diesen dieser dieses dir doch dort du durch ein eine "
    "einem einen einer eines er es euch für gegen hab habe haben hat hatte hatten hier ich ihm ihn "
    "ihnen ihr ihre ihrem ihren im in irgendein irgendeine irgendwann irgendwelche ist ja kann "
    "kein keine keinen können könnte man mein meine meinem meinen mich mir mit muss müssen nach "
    "nicht noch nun nur ob oder ohne schon sehr seid sein seine seinem seinen seit sich sie sind "
    "so "
    "soll sollen sollte sollten um und uns unser unsere unter viel viele vom von vor wann war "
    "waren "
    "warum was wem wen wenn wer werde werden wessen weshalb wie wieso wieviel wieviele will wir "
    "wird wo wohin woher wollen womit worum worüber wovon wurde wurden zu zum zur zwischen über "
    "welche welchem welchen welcher welches während".split()
)
ASKING_WORDS = frozenset(
    "alle allem alles also anderen andere antwort antworte aufnahme ablauf anhören anfang "
    "aufgenommen "
    "außer bitte bitteschön beginn beginnt beschreib beschreibe bevor danach davor direkt eben "
    "ehe eigentlich einmal ende endet erst erste ersten erwähnt erwähnen etwa etwas fasse fass "
    "fassen finde folgt gab genau gerade gern gerne geräusch geräusche geräuschen gesagt "
    "geschieht gesprochen geredet gib gibt gibts gleich hallo hör hörbar höre hören hörst hört "
    "gehört irgendetwas irgendjemand irgendwas irgendwo jemand jemanden jemandem kannst kommt "
    "kommen kurz laut letzte letzten liste mach mal nachdem nein nenn nenne niemand okay ok "
    "passiert "
    "sag sage sagen sagt sagte satz sonst schreib schreibe später sprechen spricht stelle suche "
    "reden redet rede unmittelbar ungefähr vorher vorkommt wissen wort worte zeig zeige zeit "
    "zeitpunkt zitier zitiere zuerst zusammen zusammenfassen zähl zähle überhaupt".split()
)

RECORDING = (
    "aufnahme|aufzeichnung|datei|audio|clip|gespräch|besprechung|sitzung|meeting|podcast|folge"
    "|vortrag|vorlesung|interview|anruf|telefonat|konferenz|memo|sprachnachricht|video"
)
PEOPLE = (
    "personen|leute|leuten|menschen|sprecher|sprechern|sprecherinnen|stimmen|teilnehmer|männer"
    "|frauen|kinder|redner"
)

PHRASES = {
    # Of each recording by itself
    "which of each": ("in welchen|welchem|welcher", "welche|welches|welcher"),
    "how many of each": ("in wie vielen", "in wievielen", "wie viele", "wieviele"),
    "before recordings": ("meinen|meiner|unseren|unserer|diesen|dieser|letzten|den|der",),
    "recordings": (
        "aufnahme|aufnahmen|anruf|anrufe|anrufen|gespräch|gespräche|gesprächen|telefonat"
        "|telefonate|telefonaten|besprechung|besprechungen|sitzung|sitzungen|meeting|meetings"
        "|treffen|datei|dateien|folge|folgen|vorlesung|vorlesungen|vortrag|vorträge|vorträgen"
        "|interview|interviews|podcast|podcasts|notiz|notizen|nachricht|nachrichten",
    ),
    # About the turn before
    "goes on": (
        "und|aber|oder|dann",
        "und was ist|war mit",
        "was ist|war mit",
        "und wie ist|war es mit",
        "wie ist|war es mit",
    ),
    "prepositions": (
        "in|im|an|am|auf|bei|beim|für|mit|ohne|von|vom|zu|zum|zur|nach|vor|um|aus|gegen|über"
        "|unter|durch|während|bis|seit",
    ),
    "determiners": (
        "der|die|das|den|dem|des|ein|eine|einen|einem|einer|sein|seine|seinen|ihr|ihre|ihren"
        "|mein|meine|dieser|diese|dieses|diesen",
    ),
    "pronouns": ("es|er|sie|ihn|ihm|ihnen|das|dies",),
    "asks only": (
        "warum|wieso|weshalb|wo|wohin|woher|wie|wer|wem|wen|was|wann",
        "wie lange|viel|viele|oft|weit|alt|hoch|teuer|schnell",
        "seit|bis|ab|von wann|wem",
    ),
    "follow when": (
        "wann|wann genau",
        "wann war|ist das|es",
        "wann wurde|wird das|es gesagt|erwähnt",
        "wann hat|haben er|sie|man|jemand das|es gesagt|erwähnt",
        "wann geschah|passierte das",
        "wann ist das geschehen|passiert",
    ),
    "follow who": (
        "wer hat das|es gesagt",
        "wer sagt|sagte das|es",
        "wer war|ist das",
    ),
    "polite": (
        "bitte|und|aber|also|ok|okay|hallo|hey|hi|dann|nun|mal|ob|sagen|eigentlich|so|moin",
        "sag|sage|sagt|zeig|zeige|verrate|verrat mir|mal|uns",
        "sagen|zeigen sie mir|uns|bitte|mal",
        "weißt|wissen du|sie",
        "ich möchte|will|muss|wüsste wissen|gern|gerne",
        "ich möchte|würde|wüsste gern|gerne wissen",
        "wissen",
        "mich interessiert|würde",
        "gib|mach|mache|schreib|schreibe|erstell|erstelle mir|uns|mal|bitte",
    ),
    "if": ("ob",),
    "can you": (
        "kannst|könntest|würdest|könnten|können|würden du|sie",
        "kannst|könntest|würdest|könnten|können|würden du|sie mir|uns|bitte|mal",
        "kannst|könntest|könnten|können du|sie mir|uns bitte|mal",
    ),
    "requests": (
        "sagen|nennen|zeigen|zusammenfassen|transkribieren|auflisten|beschreiben|verraten|erklären",
    ),
    "requests last": (
        "sagen|nennen|geben|zeigen|zusammenfassen|transkribieren|auflisten|aufzählen|beschreiben"
        "|verraten|erklären|machen|erstellen|schreiben|zitieren|aufschreiben|abtippen|zählen",
    ),
    "interrogative": (
        "wer|wem|wen|wessen|was|wann|wo|woher|wohin|wie|warum|wieso|weshalb|welche|welcher"
        "|welches|welchen|welchem|worüber|worum|wovon|womit|wozu|wofür",
    ),
    "who": ("wer|wem|wen|wessen",),
    "and who": ("wer|wem|wen|wessen",),
    "yes or no": (
        "ist|sind|war|waren|hat|haben|hatte|hatten|wird|werden|wurde|wurden|kann|können|gibt|gab"
        "|hört|hörst|höre|soll|sollen|darf|muss|müssen|kommt|kommen|spricht|sprechen|redet|reden"
        "|sagt|sagen|jemand|irgendjemand|geht|macht",
    ),
    # All words, or the exact ones about something
    "transcript": (
        "transkribier|transkribiere|transkribieren|transkript|transkription|abschrift|mitschrift"
        "|abtippen|verschriftlichen|verschriftliche",
        "wort für wort",
        "schreib|schreibe alles|das auf|mit",
        "tipp|tippe das|alles|es ab",
    ),
    "what is said": ("was wird|wurde gesagt|gesprochen", "was sagt er|sie|man", "was sagen sie"),
    "quote": (
        "zitat|zitate|zitier|zitiere|zitieren|wörtlich|wortwörtlich|wortlaut",
        "was genau",
        "genaue|genauen|exakte|exakten worte|worten|wörter|wortlaut|formulierung",
    ),
    # The whole of it
    "tasks": (
        "welche|alle|offene|offenen|nächste|nächsten aufgaben|entscheidungen|beschlüsse|schritte"
        "|maßnahmen|todos|zusagen",
        "was sind|waren die aufgaben|entscheidungen|beschlüsse|todos|maßnahmen",
        "die aufgaben|todos|beschlüsse aus|von|auflisten",
        "liste|nenne|nenn|zeig die|alle aufgaben|entscheidungen|beschlüsse|todos",
        "to dos",
        "to do liste",
        "todo|todos|aufgabenliste|aktionspunkte",
        "was ist|gibt|bleibt zu tun|erledigen",
        "was ist|bleibt noch zu tun|erledigen",
        "was müssen|muss|sollen wir|ich|man noch tun|machen|erledigen",
        "was müssen|muss|sollen wir|ich|man noch tun|machen|erledigen",
        "wer macht|übernimmt|erledigt|tut was",
        "wer muss|soll|will was machen|tun|erledigen",
    ),
    "tasks whole": (
        "was wurde|haben beschlossen|entschieden|vereinbart|ausgemacht",
        "was haben|hat sie|wir|man beschlossen|entschieden|vereinbart|ausgemacht",
        "was wurde alles beschlossen|entschieden|vereinbart|ausgemacht",
        "aufgaben|beschlüsse|entscheidungen",
    ),
    "summary": (
        "zusammenfassung|zusammenfassungen|zusammenfassen|zusammengefasst|fass|fasse|überblick"
        "|kurzfassung|übersicht|gliederung|protokoll|stichpunkte|stichpunkten|hauptpunkte"
        "|hauptthemen|hauptthema|kernaussage|kernaussagen|kernpunkte|quintessenz",
        "fassen sie",
        "wichtigste|wichtigsten|zentrale|zentralen punkte|themen|aussagen|inhalte|ergebnisse",
        "das wichtigste",
        "in kürze",
    ),
    "gist": (
        "worum|um geht|ging|gehts|gings|dreht es|das|sich|hier|im|in",
        "um was geht|ging|gehts es|das|hier|im|in",
        "worum gehts|geht",
        "wovon handelt",
        f"was ist|war das|der|die hauptthema|thema|inhalt {RECORDING}",
        "was ist|war das|der hauptthema|thema|inhalt",
        f"worüber reden|sprechen|redet|spricht|unterhalten|diskutieren|sprachen {PEOPLE}|man|wir",
        "worüber reden|sprechen|redet|spricht|unterhalten|diskutieren|sprachen|redeten sie|die"
        "|sich",
        "worüber wird|wurde gesprochen|geredet|diskutiert|hauptsächlich",
        "über was reden|sprechen|redet|spricht|wird|unterhalten|wurde sie|die|man|gesprochen",
        "wird|wurde gesprochen|geredet|diskutiert|besprochen|überwiegend|ganzen|ganze",
        "was wird|wurde besprochen|diskutiert",
        "welche themen besprochen|behandelt|vorkommen|angesprochen",
        "welche themen",
        "wovon reden|sprechen die|sie",
    ),
    "what is this": (
        "was ist|war das|dies|es",
        "was ist das hier",
        f"was ist|war die|das|der|diese|dieses|dieser|meine {RECORDING}",
    ),
    "profile": (
        "irgendwas|irgendetwas|etwas|was|gibts interessantes|besonderes|spannendes|auffälliges"
        "|wichtiges|ungewöhnliches|interessant",
        "was ist|war interessant|besonders|auffällig|spannend|ungewöhnlich",
        "was ist|war daran|hier|da|darin interessant|besonders|auffällig|spannend|ungewöhnlich",
        f"beschreib|beschreibe|beschreiben die|das|diese|dieses|meine|den|diesen|mir {RECORDING}",
        f"was passiert|geschieht|passierte in|auf|während der|dem|dieser|diesem {RECORDING}",
        f"was passiert|geschieht im {RECORDING}",
        "was passiert|geschieht hier|da|alles|so",
        f"wie lang|lange ist|dauert|geht|dauerte|war die|das|der|diese|dieses|dieser {RECORDING}",
        f"länge|dauer der|des|dieser|dieses|vom {RECORDING}",
        f"was ist auf|in der|dieser|dem|diesem {RECORDING}",
        "was ist das für eine datei",
    ),
    "profile whole": (
        "was ist|war das|dies|es|drauf|hier",
        "was ist das hier|denn",
        "was ist da|hier drauf|los",
        "was passiert|geschieht|passierte",
        "beschreib|beschreibe es|das",
        "wie lang ist es|das",
        "wie lange dauert|geht es|das",
    ),
    "list": (
        "liste|nenn|nenne|zähl|zähle alle|die|mir|sämtliche|alles|jede|jeden",
        "liste|nenn|nenne mir|bitte alle|die",
        "auflistung",
    ),
    # People
    "how many people": (
        f"wie viele {PEOPLE}",
        f"wie viele verschiedene|unterschiedliche|andere {PEOPLE}",
        f"anzahl|zahl der {PEOPLE}",
        "mehr als ein|eine|einer|zwei|einen sprecher|person|stimme|stimmen|personen|menschen",
        "wie viele sprechen|reden",
    ),
    "who speaks": (
        "wer spricht|redet|sprach|redete",
        "wer hat gesprochen|geredet",
        "wer ist|sind|war|waren der|die sprecher|sprecherin|sprecherinnen|redner",
        "wer ist hier|da zu hören",
        "wer ist zu hören",
        "wen hört|hören man|wir",
    ),
    "gender": (
        "mann|männer|männern|frau|frauen|männlich|weiblich|männliche|weibliche|männer|geschlecht"
        "|junge|mädchen|männerstimme|männerstimmen|frauenstimme|frauenstimmen|sprecherin|dame|herr",
    ),
    "speaking": (
        "spricht|sprechen|sprach|sprachen|gesprochen|redet|reden|redete|geredet|stimme|stimmen"
        "|gespräch|gespräche|unterhaltung|unterhält|unterhalten|männerstimme|frauenstimme"
        "|männerstimmen|frauenstimmen|gequatscht|quatscht|person|personen|leute",
        "sagt|sagen|gesagt jemand|irgendjemand etwas|was",
        "etwas|was gesagt",
    ),
    "the speaker": ("sprecher|sprecherin|redner|rednerin",),
    "how long": ("wie lang|lange", "wie viel zeit", "welche dauer"),
    "most": (
        "am meisten|längsten|wenigsten|häufigsten|kürzesten",
        "den größten anteil|redeanteil",
        "mehr|länger",
    ),
    # Where it is, and in which language
    "place": (
        f"was|welche für ein|eine|einem|einer|einen ort|raum|umgebung|szene|platz|situation|art"
        f"|{RECORDING}",
        "was|welche für ein|eine art ort|raum|aufnahme|umgebung|von",
        "welche|welcher|welchem|welches umgebung|ort|raum|situation|platz",
        f"art von ort|raum|umgebung|platz|{RECORDING}",
        f"welche art ort|raum|umgebung|{RECORDING}",
        "wo wurde|ist|war das|dies|es|hier|dieses aufgenommen|gemacht|entstanden",
        f"wo wurde|ist|war|entstand die|das|diese|dieses|der {RECORDING}",
        "drinnen|drin|innen oder|und draußen|außen",
        "draußen|außen oder|und drinnen|drin|innen",
        "im freien",
        "in einem|im raum gebäude|oder",
    ),
    "places": (
        "büro|straße|küche|haus|auto|zug|restaurant|park|zimmer|bahnhof|kirche|laden|schule"
        "|bauernhof|wald|studio|saal|klingt",
    ),
    "place whole": (
        "wo ist|war|sind|spielt das|dies|es|wir|sie|die",
        "wo befinden|befindet sie|wir|man sich",
        "wo bin ich",
        "wo sind die leute",
    ),
    "language": (
        "welche|welcher|welchen sprache|sprachen",
        "was für eine|ne sprache",
        "was ist die|das|für sprache",
        "sprache ist|wird|sprechen",
        "auf|ist|sprechen|spricht|reden|wird das|sie|man|es|er deutsch|englisch|französisch",
    ),
    # Sounds
    "by ear": (
        "geräusch|geräusche|geräuschen|klang|klänge|töne|laute|lärm|hör|hören|hört|hörst|höre|hörte"
        "|gehört|hörbar|lauscht|musik|instrument|instrumente|stimme|stimmen",
    ),
    "heads": ("geräusch|geräusche|geräuschen|lärm|klang|klänge|laute",),
    "which sounds": (
        "welche|welches|alle|andere|anderen|sonstige|weitere|sonst|irgendwelche|hintergrund"
        "|umgebungs|neben|stör|tier|natur|alltags geräusche|geräusch|geräuschen|klänge|töne|laute"
        "|lärm",
        "was für geräusche|klänge|töne|laute|lärm",
        "was für ein|andere|sonstige geräusche|geräusch|lärm|klang",
        "welche|was arten|art von geräuschen|geräusche|geräusch|lärm",
        "geräusche|klänge gibt|sind|hört|kommen|außer|neben|im",
        "außer|neben der|dem|den sprache|stimmen|gespräch|reden|sprechen",
        "was hört|ist|kann man sonst|noch|außer",
    ),
    "what is heard": (
        "was hört|höre|hörst|hörte|hören|hörten man|ich|du|ihr|wir",
        "was ist|war|gibt zu hören",
        "was ist|war hier|da|alles|so|sonst|noch zu hören",
        "was ist|war sonst|hier|da noch|alles zu hören",
        "was gibt es|alles zu hören",
        "was kann|könnt|kannst man|ich|du|ihr hören|da|hier|alles|dort",
        "was kann man alles hören",
    ),
    "which instruments": (
        "welche|welches|was instrumente|instrument|musikinstrumente|tiere|tier|fahrzeuge|fahrzeug"
        "|vögel",
        "was für tiere|instrumente|fahrzeuge|musikinstrumente",
        "was für ein|eine tier|instrument|fahrzeug|vogel|musikinstrument",
        "welche|was art|arten von tieren|instrumenten|fahrzeugen|tier|instrument",
    ),
    # When and how often
    "when": (
        "wann",
        "ab|bis|seit wann",
        "von wann bis wann",
        "um|zu wie viel uhr",
        "wie spät",
        "zu|an|in|ab|bei welchem|welcher|welchen zeitpunkt|uhrzeit|stelle|zeit|minute|sekunde"
        "|punkt|moment",
        "wie lang|lange",
    ),
    "starts": (
        "an|auf|anfängt|fängt|fing|anfangen|beginnt|beginnen|begann|aufhört|hört|endet|enden|endete"
        "|ende|los|losgeht|geht|gehen|ging|läuft|laufen|lief|kommt|kommen|kam|vor|vorkommt|passiert"
        "|geschieht|ertönt|ertönen|erklingt|erklingen|setzt|ein|einsetzt|dauert|dauern|dauerte"
        "|andauert|macht|machen|gemacht|gibt|taucht|auftaucht|tritt|auftritt|wird|erstes|ersten"
        "|erste|erstmals|zuerst|male|wieder|laut|irgendwo|jemand|klingt|klingelt|spielt|spielen"
        "|gespielt|fährt|fahren|fuhr|vorbei|vorbeifährt|fliegt|vorbeifliegt|fliegen|fällt|zieht"
        "|startet|starten|stoppt|draußen|hintergrund|nähe|ferne|weit|weg|gerade|insgesamt|vorhanden"
        "|dabei|darin|drin|durch|losgehen|schlägt|schlagen|ist|zwischendurch|irgendwann|lang|lange",
    ),
    "count": (
        "wie oft|häufig",
        "wie viel|viele mal|male",
        "zähl|zähle|zählen die|wie|alle|jedes|mal",
        "anzahl der|des|von",
    ),
    "how many": ("wie viele",),
    "how many acts": (
        "wie viele schüsse|klopfer|huster|nieser|lacher|schläge|knalle|sirenen|klicks"
        "|glockenschläge",
    ),
    "spoken of": (
        "erwähnt|erwähnen|erwähnte|genannt|diskutiert|diskutieren|besprochen|besprechen|gesagt|sagt"
        "|sagen|sagte|über|darüber|angesprochen|thematisiert|behandelt|wort|worte|nennt",
        "die rede",
        "geht|ging|gehts es um",
        "zur sprache",
        "spricht|sprechen|redet|reden|gesprochen|geredet von",
        "sprechen|reden sie|die von",
        "ist|war|wird von",
    ),
    "there": (
        "gibt|gab es|da|hier|s",
        "ist|sind|war|waren da|dort|hier|irgendwo|ein|eine|im|auf|in|irgendein|irgendeine",
        "hör|hören|hört|hörst|höre|hörte|gehört|hörbar",
        "kommt|kommen ein|eine|da|hier|irgendwo|irgendein|irgendeine",
        "läuft|spielt da|hier|ein|eine|im",
        "geräusch|geräusche|klang von|eines|einer|der|des",
    ),
    # What comes before and after
    "order verb": (
        "kommt|kommen|kam|passiert|geschieht|passierte|hört|hören|hörte|gehört|folgt|folgen|folgte"
        "|gesagt|sagt|sagen|sagte|ist|war|wird|wurde|kann|man|zu|ertönt|erklingt|direkt|gleich"
        "|bellt"
        "|unmittelbar|kurz|als|nächstes|dann|danach|davor|hat|klingt|gesprochen",
    ),
    "after": ("nach|nachdem", "folgt|folgen|folgte auf|nach", "im anschluss an"),
    "before": ("vor|bevor|ehe",),
    "first": (
        "kommt|ist|war|hört|kam|ertönt zuerst|früher|eher",
        "zuerst",
        "als erstes|erste|erster",
    ),
    "said": ("gesagt|sagt|sagen|sagte|gesprochen|worte|satz|wort|erzählt|geredet|spricht",),
    "recording": (RECORDING,),
    # What sort of answer is wanted, and the words by which a sentence holds one
    "asks how": ("wie alt|hoch|groß|tief|weit|schnell|schwer|breit|heiß|kalt",),
    "asks money": (
        "wie viel|was kostet|kosten|kostete|zahlt|zahlen|bezahlt|verdient",
        "wieviel kostet|kosten|zahlt",
        "wie teuer",
        "wie hoch ist die rechnung|miete|gebühr",
    ),
    "money": (
        "euro|euros|cent|franken|dollar|pfund|kostet|kosten|preis|gebühr|zahlen|zahlt|bezahlt"
        "|gratis|kostenlos|umsonst|rechnung|miete|kaution|budget|billig|teuer|beträgt|geld",
    ),
    "sums": ("geld|kostet|kosten|preis|preise|bezahlen|zahlen|zahlt|teuer|billig",),
    "number": ("hundert|tausend|million|millionen|dutzend|siebzig|achtzig",),
    "asks amount": (
        "wie viel|alt|hoch|groß|tief|weit|schnell|schwer|breit|teuer|heiß|kalt",
        "wieviel",
        "welche nummer|temperatur|geschwindigkeit|höhe|größe",
        "was kostet|kosten|kostete|kosteten|zahlt|bezahlt|verdient",
        "was hat|haben gekostet|bezahlt|gezahlt",
    ),
    "costs": ("kostet|kosten|kostete|zahlt|zahlen|bezahlt|verdient|wiegt|geld",),
    "how much": ("wie viel", "wieviel"),
    "asks time": ("welchem|welchen|welcher|welches tag|tagen|datum|jahr|monat", "wie bald"),
    "asks which": ("welche|welcher|welches|welchen|welchem",),
    "amount": (
        "hundert|tausend|million|millionen|dutzend|halb|halbe|hälfte|viertel|drittel|doppelt|gratis"
        "|kostenlos|umsonst|nichts|kein|keine|alle|beide|viele|wenige|mehrere|siebzig|achtzig"
        "|prozent",
    ),
    "time": (
        "montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|januar|februar|märz"
        "|april|mai|juni|juli|august|september|oktober|november|dezember|frühling|sommer|herbst"
        "|winter",
        "heute|morgen|gestern|mittag|nachmittag|abend|nacht|mitternacht|wochenende|tag|tage|tagen"
        "|woche|wochen|monat|monate|jahr|jahre|jahren|stunde|stunden|minute|minuten|uhr|bald|jetzt"
        "|später|immer|nie|sofort|wenn|bevor|nachdem|bis|seit|nächste|nächsten|letzte|letzten"
        "|während|zuerst|weihnachten|ostern|geburtstag",
    ),
    "about only": ("über|von|zu|zum|zur",),
    "about what": (
        "über das|dem|den|der|die|diese|diesen|dieses|ein|eine|einen|ihre|ihren|seine|seinen",
    ),
    # What is said of all of it
    "announces": (
        "das ist die|der|das|unser|unsere",
        "willkommen zu|zur|zum|bei",
        "heute geht|sprechen|reden",
        "es geht um",
        "unser thema",
    ),
    # How much of it
    "points": (
        "punkt|punkte|punkten|satz|sätze|sätzen|stichpunkt|stichpunkte|stichpunkten|zeilen|wörter"
        "|wörtern|worten|dinge|absätze|absätzen|aufgaben",
    ),
    # A range of time
    "first part": (
        "in|während|innerhalb|aus|von den|der ersten",
        "in|während|innerhalb|aus der|die|den erste|ersten",
        "den|der|die ersten|erste",
        "ersten|erste",
    ),
    "last part": (
        "in|während|innerhalb|aus|von den|der letzten",
        "in|während|innerhalb|aus der|die|den letzte|letzten",
        "den|der|die letzten|letzte",
        "letzten|letzte",
    ),
    "from clock": ("nach|ab|seit",),
    "between clocks": ("zwischen|von",),
    "to clock": ("vor|bis|und", "bis zu"),
}

NUMBERS = (
    {
        word: number
        for number, word in enumerate(
            "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn "
            "fünfzehn sechzehn siebzehn achtzehn neunzehn zwanzig".split()
        )
    }
    | {"dreißig": 30, "vierzig": 40, "fünfzig": 50, "sechzig": 60, "neunzig": 90}
    | {
        "ein": 1,
        "eine": 1,
        "einem": 1,
        "einen": 1,
        "einer": 1,
        "einmal": 1,
        "zweimal": 2,
        "paar": 2,
    }
)

UNITS = (
    dict.fromkeys(("sekunde", "sekunden", "sek"), 1.0)
    | dict.fromkeys(("minute", "minuten", "min"), 60.0)
    | dict.fromkeys(("stunde", "stunden", "std", "h"), 3600.0)
)

SOUNDS = named("""\
dog: hund|hunde|hundes|hunden bellt|bellen|bellte|jault|jaulen|gebellt, bellt|bellen|bellte|gebellt
    |gebell|hundegebell|hundebellen|jault|jaulen|wuff, hund|hunde|hunden|hundes / welpe|köter
    |hündchen
cat: katze|katzen|kater, miau|miaut|miauen|miaute|schnurrt|schnurren|miauzt / kätzchen|mieze
cow: kuh|kühe|kühen|rind|rinder, muh|muht|muhen|muhte
sheep: schaf|schafe|lamm|lämmer|ziege|ziegen, blökt|blöken|mäh|meckert|meckern
pig: schwein|schweine|ferkel, grunzt|grunzen|quiekt|quieken
hen: huhn|hühner|henne|hennen, gackert|gackern|gegacker
rooster: hahn|hähne|gockel, kräht|krähen|krähte hahn, hahnenschrei, kräht|krähte
frog: frosch|frösche|kröte|kröten, quakt|quaken|gequake
crow: krähe|raben|rabe, krächzt|krächzen / krähen
chirping birds: vogel|vögel|vögeln|vogelgezwitscher|vogelgesang|gezwitscher, zwitschert|zwitschern
    |tschilpt|piepst|piepsen, vogel|vögel singen|singt|zwitschern|zwitschert
crickets: grille|grillen|zikade|zikaden, zirpt|zirpen
insects: insekt|insekten|fliege|fliegen|biene|bienen|mücke|mücken|wespe, summt|summen / surren
owl: eule|eulen|kauz|uhu / ruft
howling wolf: wolf|wölfe|wolfsgeheul / heult
seagull: möwe|möwen|möwenschrei
galloping horse: pferd|pferde|hufe|hufgetrappel|hufschlag, galoppiert|galoppieren|galopp|wiehert
    |wiehern, pferd|pferde galoppiert|galoppieren|wiehert
animal: tier|tiere|tieren|tierlaute|tierstimmen
rain: regen|regnet|regnen|regnete|geregnet|wolkenbruch, es regnet
thunderstorm: donner|donnert|donnern|donnerte|gewitter|gewittert|blitz|donnergrollen
wind: wind|windig|sturm|stürmt|windböen, wind weht|bläst|pfeift
sea waves: welle|wellen|brandung|meer|meeresrauschen|ozean|meereswellen
pouring water: eingießen|gießt|ausgießen|plätschert|plätschern, wasser plätschert|gießen / wasser
water drops: tropfen|tropft|tröpfelt|getropfe, tropfender wasserhahn, wasser tropft / wasser
    |wasserhahn
river: fluss|bach|strom, fließendes wasser, wasser fließt|rauscht / wasser
crackling fire: kaminfeuer|lagerfeuer|knistert|knistern, feuer knistert|knistern / feuer|kamin
laughing: lacht|lachen|lachte|lachten|gelacht|gelächter|kichert|kichern|gekicher|lache
crying baby: baby|babys|säugling, baby|kind|säugling weint|schreit|weinen|schreien|weinte,
    weinendes|schreiendes baby|kind, weint|weinen|weinte|geweint|heult|babygeschrei / babyschreien
coughing: hustet|husten|hustete|gehustet|hüstelt|räuspert
sneezing: niest|niesen|nieste|geniest|nieser|hatschi
snoring: schnarcht|schnarchen|schnarchte|geschnarcht|schnarcher
breathing: atmet|atmen|atem|atmung|keucht|keuchen|seufzt|seufzen|schnauft
clapping: klatscht|klatschen|klatschte|geklatscht|applaus|applaudiert|applaudieren|beifall
    |beifallsklatschen
footsteps: schritt|schritte|schritten|fußschritte|fußstapfen / gehen|läuft
drinking or sipping: schlürft|schlürfen|schlürfte / trinkt|trinken
brushing teeth: zähneputzen, zähne putzen|putzt, putzt zähne, zähne geputzt, putzt sich die zähne /
    zähne
door knock: klopft|klopfen|klopfte|geklopft|geklopfe|anklopfen|türklopfen, klopft|klopfen|geklopft
    an der|die tür, an der|die tür klopft|geklopft|klopfen / tür
door creak: knarrt|knarren|knarzt|knarzen|quietscht|quietschen, tür knarrt|quietscht|quietschen,
    quietschende|knarrende tür
glass breaking: glas zerbricht|bricht|zersplittert|zerbrochen|zerbrechen, scherben|glasbruch
    |zersplittert, zerbrechendes|zerbrochenes|splitterndes glas, glas kaputt, geht glas kaputt /
    glas
can opening: dose öffnen|geöffnet|aufmachen, öffnen einer dose, dose wird geöffnet
mouse click: klick|klicken|klickt|mausklick|mausklicks
keyboard typing: tippt|tippen|tippte|getippt|tastatur|schreibmaschine|tastaturklappern
clock tick: tickt|ticken|tickende|tickte, uhr tickt|ticken, tickende uhr / uhr
alarm clock: wecker|alarm|weckers|piept|piepen|piepton, wecker klingelt / telefon|handy|klingeln
    |klingelt
church bells: kirchenglocke|kirchenglocken|glocke|glocken|glockenläuten|glockengeläut|läuten
    |läutet, glocke|glocken|kirchenglocken läuten|läutet / kirche
vacuum cleaner: staubsauger|staubsaugers, staub gesaugt|saugen|saugt, staubsaugen
washing machine: waschmaschine|waschmaschinen
toilet flush: spülung|klospülung|toilettenspülung, toilette|klo gespült|spült|spülen / toilette|klo
hand saw: sägt|sägen|gesägt|handsäge / säge
chainsaw: kettensäge|kettensägen|motorsäge
fireworks: feuerwerk|feuerwerks|böller|knaller|feuerwerkskörper|silvesterböller
siren: sirene|sirenen|martinshorn|sirenengeheul|blaulicht / krankenwagen|polizei|feuerwehr
    |polizeiauto
car horn: hupe|hupen|hupt|hupte|gehupt|gehupe|autohupe|hupkonzert, auto|autos hupt|hupen
train: zug|züge|zuges|bahn|eisenbahn|lokomotive, zug fährt vorbei, zug vorbeifährt
airplane: flugzeug|flugzeuge|flugzeugs|düsenjet|flieger
helicopter: hubschrauber|helikopter
engine: motor|motoren|motors|motorrad|motorräder|motorengeräusch
street traffic: verkehr|straßenverkehr|straßenlärm|verkehrslärm / straße
vehicle: fahrzeug|fahrzeuge|fahrzeugen
music: musik|musikstück|lied|lieder|melodie, musik läuft|spielt|gespielt
guitar: gitarre|gitarren
flute: flöte|flöten|querflöte
cello: cello|celli
saxophone: saxophon|saxofon
banjo: banjo
trombone: posaune|posaunen
clarinet: klarinette|klarinetten
oboe: oboe|oboen
bassoon: fagott
double bass: kontrabass
french horn: waldhorn|hörner
mandolin: mandoline
singing: singt|singen|sang|gesungen|gesang
car: / auto|autos|lkw|lastwagen|wagen
""")

CONTRACTIONS = {
    "gibt's": "gibt es",
    "gibts": "gibt es",
    "geht's": "geht es",
    "gehts": "geht es",
    "ging's": "ging es",
    "ist's": "ist es",
    "hat's": "hat es",
    "was'n": "was denn",
    "wieviel": "wie viel",
    "wieviele": "wie viele",
    "to-dos": "todos",
    "to-do": "todo",
    "to-do-liste": "todo",
}

GERMAN = Language(
    code="de",
    name="German",
    function_words=FUNCTION_WORDS,
    asking_words=ASKING_WORDS,
    phrases=PHRASES,
    numbers=NUMBERS,
    units=UNITS,
    sounds=SOUNDS,
    contractions=CONTRACTIONS,
    compounds=True,
)
