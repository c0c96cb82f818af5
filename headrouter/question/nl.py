"""Dutch, as questions are asked in it."""

from headrouter.question.language import Language, named

FUNCTION_WORDS = frozenset(
    "aan al als ben bij dan dat de deze die dit door een en er geen had hadden heb hebben hebt "
    "heeft "
    "hem het hier hij hoe hoeveel hun ik in is je jij jou jouw jullie kan kon kun kunt kunnen "
    "maar me "
    "men met mij mijn moet moeten na naar niet nog nu of om onder ons onze ook op over s t te "
    "tegen "
    "toch toen tot tussen u uit uw van vanaf veel voor waar waarom waarover waarmee waren was wat "
    "we "
    "welk welke wel werd werden wie wiens wij wil willen word worden wordt ze zich zij zijn zo zou "
    "zouden zonder zal zullen ze 'n daar naar wanneer waaraan elkaar".split()
)
ASKING_WORDS = frozenset(
    "alle alles alsjeblieft alsjeblieft antwoord alstublieft andere ander begin begint beschrijf "
    "daarna "
    "daarvoor dag eerst eerste eigenlijk einde eindigt elke ergens even exact geef geluid geluiden "
    "genoemd gehoord gezegd gesproken gepraat gebeurt hallo hoi hoor hoorbaar hoort horen hoorde "
    "iemand iets kort komt laat laatste laten lijst luister maak meteen nee niemand noem oké okay "
    "ok "
    "opgenomen opname ongeveer praat praten precies rechtstreeks samen schrijf soort spreekt "
    "spreken "
    "tijd tijdstip toon tussendoor vat vertel volgt volgens vinden vind vlak vooraf voordat nadat "
    "waarschijnlijk weten woord woorden zeg zeggen zegt zei zin zoek zou zojuist direct vermeld "
    "helemaal gaat ja wil graag bandje moment".split()
)

RECORDING = (
    "opname|bestand|audio|clip|gesprek|vergadering|meeting|podcast|aflevering|lezing|interview"
    "|telefoongesprek|college|memo|overleg|bespreking|video|fragment|spraakbericht"
)
PEOPLE = "mensen|personen|sprekers|stemmen|deelnemers|mannen|vrouwen|kinderen|lui"

PHRASES = {
    # Of each recording by itself
    "which of each": ("in welk|welke", "welk|welke"),
    "how many of each": ("in hoeveel", "hoeveel"),
    "before recordings": ("mijn|onze|deze|laatste",),
    "recordings": (
        "opname|opnames|opnamen|gesprek|gesprekken|telefoontje|telefoontjes|vergadering"
        "|vergaderingen|bestand|bestanden|aflevering|afleveringen|college|colleges|lezing"
        "|lezingen|interview|interviews|podcast|podcasts|bericht|berichten|notitie|notities",
    ),
    # About the turn before
    "goes on": ("en|maar|of|dan", "en hoe zit het met", "hoe zit het met", "en wat met"),
    "prepositions": (
        "in|op|aan|bij|voor|met|zonder|van|uit|naar|over|onder|na|tijdens|door|tot|sinds|tussen",
    ),
    "determiners": ("de|het|een|zijn|haar|hun|mijn|ons|onze|deze|dit|die|dat",),
    "pronouns": ("het|hij|zij|ze|hem|hen|dat|dit",),
    "asks only": (
        "waarom|waar|wanneer|hoe|wie|wat",
        "hoe lang|veel|vaak|ver|oud|groot|hoog",
        "sinds|tot|vanaf wanneer",
    ),
    "follow when": (
        "wanneer|wanneer precies",
        "wanneer was|is dat|het",
        "wanneer werd|is dat|het gezegd|genoemd",
        "wanneer zei hij|zij|ze|iemand dat|het",
        "wanneer gebeurde dat|het",
    ),
    "follow who": ("wie zei|zegt dat|het", "wie heeft dat|het gezegd", "wie was|is dat"),
    "polite": (
        "alsjeblieft|alstublieft|en|maar|dus|nou|oké|ok|okay|hallo|hoi|hey|dan|nu|of|zeggen|even",
        "zeg|vertel|toon|zeggen|vertellen me|mij|ons|eens",
        "weet je|u",
        "ik wil|wou|zou weten",
        "ik wil|wou graag weten",
        "ik wil|wou weten",
        "ik zou graag weten",
        "ik zou graag willen weten",
        "ik vraag me af",
        "geef|maak|schrijf me|mij|ons|eens|even",
    ),
    "if": ("of",),
    "can you": (
        "kun|kan|kunt|wil|wilt|zou je|jij|u",
        "kun|kan|kunt|wil|wilt|zou je|jij|u me|mij|ons|even|alsjeblieft|dit|het",
        "zou je|u me|mij|even kunnen|willen",
        "zou je|u kunnen|willen",
    ),
    "requests": (
        "zeggen|vertellen|noemen|geven|tonen|samenvatten|uitschrijven|transcriberen|opsommen"
        "|beschrijven|uitleggen|tellen",
    ),
    "requests last": (
        "zeggen|vertellen|noemen|geven|tonen|samenvatten|uitschrijven|transcriberen|opsommen|maken"
        "|beschrijven|uitleggen|tellen|uittypen|schrijven|citeren",
    ),
    "interrogative": (
        "wie|wiens|wat|wanneer|waar|hoe|hoeveel|waarom|welk|welke|waarover|waarmee|waaraan",
    ),
    "who": ("wie|wiens",),
    "and who": ("wie|wiens",),
    "yes or no": (
        "is|zijn|was|waren|heeft|hebben|had|hadden|wordt|worden|werd|werden|kan|kun|kunnen|hoor"
        "|hoort|komt|komen|spreekt|spreken|praat|praten|zegt|zeggen|iemand|gaat|zit|zitten|staat"
        "|moet|zal|klinkt|noemt|noemen",
    ),
    # All words, or the exact ones about something
    "transcript": (
        "transcribeer|transcriberen|transcript|transcriptie|uitschrijven|uittypen|uitgeschreven",
        "woord voor woord",
        "schrijf|typ|tik alles|het|dit uit|op",
        "schrijf|typ alles uit|op",
    ),
    "what is said": (
        "wat wordt|werd|is er gezegd",
        "wat wordt|werd gezegd",
        "wat zegt|zeggen ze|hij",
    ),
    "quote": (
        "citeer|citeren|citaat|citaten|letterlijk|letterlijke",
        "wat zegt|zeggen|zei|wordt|werd ze|hij|zij|er|men precies|exact",
        "wat precies|exact",
        "exacte|precieze woorden|bewoordingen|formulering",
    ),
    # The whole of it
    "tasks": (
        "welke|alle|openstaande|volgende taken|besluiten|beslissingen|stappen|acties|afspraken",
        "wat zijn|waren de taken|besluiten|beslissingen|actiepunten|acties|afspraken",
        "noem|geef de|alle taken|besluiten|beslissingen|acties",
        "actiepunt|actiepunten|actielijst|takenlijst|todo|todos|actiepuntenlijst",
        "to do lijst|lijstje",
        "to dos",
        "wat moet|moeten er|we|ik|wij gedaan|gebeuren|doen",
        "wat moet|moeten er|we|ik|wij nog gedaan|gebeuren|doen",
        "wie doet|regelt wat",
        "wie moet|gaat|zal wat doen",
    ),
    "tasks whole": (
        "wat is|werd|wordt er besloten|afgesproken|beslist",
        "wat is|werd|wordt besloten|afgesproken|beslist",
        "wat hebben ze|we besloten|afgesproken",
        "taken|besluiten|beslissingen|afspraken",
    ),
    "summary": (
        "samenvatting|samenvattingen|samenvatten|samengevat|overzicht|hoofdlijnen|hoofdpunten"
        "|kernpunten|notulen|verslag|kern|hoofdpunt",
        "vat",
        "belangrijkste punten|onderwerpen|zaken|dingen|ideeën|conclusies",
        "het belangrijkste",
        "in het kort",
    ),
    "gist": (
        "waar gaat|ging het|dit|dat|de|deze|die over|allemaal",
        "waarover gaat|ging het|dit|dat|de|deze",
        "gaat over",
        "waar hebben|praten|spreken|praatten|spraken ze|de|zij|we het|over",
        f"waarover praten|spreken|wordt|werd|hebben ze|de|zij|we|er|het|gesproken {PEOPLE}",
        "waar wordt|werd er|het over gesproken|gepraat",
        f"over|allemaal|vooral {RECORDING}",
        "wat is|was het onderwerp|thema",
        "wat wordt|werd|is er besproken",
        "wat wordt|werd besproken",
        "welke onderwerpen|thema's worden|komen|er|aan|bod|besproken|behandeld",
        "welke onderwerpen|thema's",
    ),
    "what is this": (
        "wat is|was dit|dat|het",
        f"wat is|was de|het|deze|dit|dat|die|mijn {RECORDING}",
    ),
    "profile": (
        "iets|nog|wat interessants|bijzonders|opvallends|interessant|opmerkelijks|boeiends",
        "wat is|was interessant|bijzonder|opvallend|opmerkelijk",
        "wat is|was er|hier interessant|bijzonder|opvallend|opmerkelijk",
        f"beschrijf|beschrijven de|het|deze|dit|mijn {RECORDING}",
        f"wat gebeurt|gebeurde er in|op|tijdens de|het|deze|dit {RECORDING}",
        f"wat gebeurt|gebeurde in|op|tijdens de|het|deze|dit {RECORDING}",
        f"hoe lang is|duurt|was|duurde de|het|deze|dit {RECORDING}",
        f"lengte|duur van de|het|deze|dit {RECORDING}",
        f"wat staat er op|in de|het|deze|dit {RECORDING}",
        "wat gebeurt er hier|allemaal",
    ),
    "profile whole": (
        "wat is|was dit|dat|het",
        "wat is dit hier|voor|eigenlijk",
        "wat gebeurt er",
        "beschrijf het|dit|dat",
        "hoe lang is|duurt het|dit",
        "wat staat hierop|erop",
        "wat is dit voor iets|bestand",
    ),
    "list": (
        "noem|geef|som|lijst alle|de|elke|alles|me",
        "som op",
        "noem me|mij alle|de",
        "opsomming",
    ),
    # People
    "how many people": (
        f"hoeveel {PEOPLE}",
        f"hoeveel verschillende|andere {PEOPLE}",
        f"aantal {PEOPLE}",
        "meer dan één|een|twee spreker|persoon|stem|stemmen|sprekers|personen",
        "met hoeveel zijn|praten|spreken ze|zij",
    ),
    "who speaks": (
        "wie spreekt|praat|sprak|praatte|spreken|praten",
        "wie is|zijn|was er|hier|daar aan het woord|praten|spreken",
        "wie is|zijn|was aan het woord|praten",
        "wie is|zijn de|het spreker|sprekers",
        "wie hoor|hoort je|ik|men|er",
        "aan het woord|praten",
    ),
    "gender": (
        "man|mannen|vrouw|vrouwen|mannelijk|vrouwelijk|mannelijke|vrouwelijke|geslacht|jongen"
        "|meisje"
        "|mannenstem|vrouwenstem|mannenstemmen|vrouwenstemmen|dame|heer",
    ),
    "speaking": (
        "spreekt|spreken|sprak|spraken|gesproken|praat|praten|praatte|gepraat|stem|stemmen|gesprek"
        "|gesprekken|mannenstem|vrouwenstem|mannenstemmen|vrouwenstemmen|kletst|woord|iemand",
        "zegt|zeggen|gezegd iemand|er iets|wat",
        "iets gezegd",
    ),
    "the speaker": ("spreker|spreekster",),
    "how long": ("hoe lang|lange|lange|long", "hoelang", "hoeveel tijd"),
    "most": ("het meest|meeste|langst|minst|langste", "meest|langst", "meer|langer"),
    # Where it is, and in which language
    "place": (
        f"wat voor een plek|plaats|ruimte|omgeving|soort|opname|{RECORDING}",
        f"wat voor plek|plaats|ruimte|omgeving|soort|locatie|kamer|{RECORDING}",
        "wat voor een|n plek|plaats|ruimte|omgeving|locatie|kamer",
        "welke plek|plaats|ruimte|omgeving|locatie",
        f"soort plek|plaats|ruimte|omgeving|locatie|{RECORDING}",
        "waar is|was|werd dit|dat|het|deze|de opgenomen|gemaakt",
        f"waar is|was|werd deze|de|het|dit {RECORDING} opgenomen|gemaakt",
        "binnen|buiten of buiten|binnen",
        "in de buitenlucht",
    ),
    "places": (
        "kantoor|straat|keuken|huis|auto|trein|restaurant|park|kamer|station|kerk|winkel|school"
        "|boerderij|bos|studio|zaal",
    ),
    "place whole": (
        "waar is|was|zijn dit|dat|het|we|ze",
        "waar speelt dit|het zich af",
        "waar ben ik",
        "waar zijn|bevinden ze|we|zij zich",
    ),
    "language": (
        "welke|wat taal|talen",
        "in wat|welke voor taal|talen",
        "wat voor taal",
        "taal is|wordt|spreken|spreekt",
        "is het|dit nederlands|engels|duits|frans",
    ),
    # Sounds
    "by ear": (
        "geluid|geluiden|klank|klanken|lawaai|herrie|hoor|hoort|horen|hoorde|gehoord|hoorbaar"
        "|luister|muziek|instrument|instrumenten|stem|stemmen",
    ),
    "heads": ("geluid|geluiden|lawaai|geluidje|geluidjes",),
    "which sounds": (
        "welk|welke|alle|andere|ander|overige|nog|achtergrond|dieren|natuur|omgevings geluid"
        "|geluiden|lawaai|klanken",
        "wat voor geluid|geluiden|lawaai|klanken",
        "soort|soorten geluid|geluiden",
        "geluiden zijn|hoor|zitten|behalve|buiten|naast",
        "wat hoor|is nog|er nog|meer",
        "behalve|buiten|naast spraak|stemmen|praten|gesprek|het|de",
    ),
    "what is heard": (
        "wat hoor|hoort|hoorde|horen je|jij|ik|men|we|u",
        "wat is|was|valt er te horen",
        "wat is|was|valt er allemaal|nog|hier|zoal te horen",
        "wat is|was te horen|hoorbaar",
        "wat kan|kun je|ik|men|u horen|allemaal|hier",
    ),
    "which instruments": (
        "welk|welke|wat instrument|instrumenten|dier|dieren|voertuig|voertuigen|vogels"
        "|muziekinstrumenten",
        "wat voor dier|dieren|instrument|instrumenten|voertuig|voertuigen|vogels",
        "soort|soorten dier|dieren|instrument|instrumenten|voertuig|voertuigen",
    ),
    # When and how often
    "when": (
        "wanneer",
        "vanaf|tot|sinds wanneer",
        "van wanneer tot wanneer",
        "hoe laat",
        "om|rond hoe laat",
        "op|vanaf|rond|in welk|welke moment|tijdstip|minuut|seconde|punt|ogenblik|tijd",
        "hoe lang",
        "hoelang",
    ),
    "starts": (
        "begint|beginnen|begon|start|starten|startte|stopt|stoppen|stopte|houdt|op|eindigt|eindigde"
        "|af|aan|gaat|gaan|ging|loopt|komt|komen|kwam|voor|langs|gebeurt|gebeurde|klinkt|klinken"
        "|klonk|duurt|duren|duurde|maakt|maken|valt|vallen|treedt|eerste|keer|maal|eerst|opnieuw"
        "|weer|hard|ergens|iemand|voorbij|rijdt|reed|vliegt|vloog|speelt|spelen|gespeeld|luidt"
        "|luiden|achtergrond|verte|buurt|buiten|weg|totaal|aanwezig|erin|erop|slaat|gaande|lang"
        "|voorbijrijdt|voorbijkomt|langskomt|overvliegt|zit|zitten|staat|bezig|tussendoor|toe",
    ),
    "count": (
        "hoe vaak|dikwijls",
        "hoeveel keer|maal|keren",
        "tel hoe|de|alle|elke|hoeveel|het",
        "aantal keren|keer|malen",
    ),
    "how many": ("hoeveel",),
    "how many acts": ("hoeveel klopjes|kloppen|schoten|kuchjes|niesbuien|sirenes|klikken|knallen",),
    "spoken of": (
        "genoemd|noemt|noemen|noemde|vermeld|vermeldt|besproken|bespreken|gezegd|zegt|zeggen|zei"
        "|over|erover|woord|woorden|naam|aangehaald",
        "ter sprake",
        "gaat|ging het over",
        "sprake van",
    ),
    "there": (
        "is|zijn|was|waren er|ergens|hier|een",
        "hoor|hoort|horen|hoorde|gehoord|hoorbaar",
        "zit|zitten|staat er|hier|ergens",
        "komt|komen er|ergens|een",
        "geluid|geluiden van",
        "klinkt|klinken er|een|ergens",
    ),
    # What comes before and after
    "order verb": (
        "komt|komen|kwam|gebeurt|gebeurde|hoor|hoort|horen|hoorde|gehoord|volgt|volgen|volgde"
        "|gezegd"
        "|zegt|zeggen|zei|is|was|wordt|werd|kan|te|klinkt|direct|meteen|vlak|kort|als|volgende|er"
        "|dan|heeft|gesproken|onmiddellijk|afgaat|klinken",
    ),
    "after": ("na|nadat", "volgt|volgen|volgde op|na"),
    "before": ("voor|voordat|vóór|vooraf", "voorafgaand aan"),
    "first": (
        "komt|is|was|hoor|kwam|klinkt eerst|eerder",
        "eerst|eerder",
        "als eerste|eerst",
    ),
    "said": ("gezegd|zegt|zeggen|zei|gesproken|woorden|zin|woord|verteld|spreekt",),
    "recording": (RECORDING,),
    # What sort of answer is wanted, and the words by which a sentence holds one
    "asks how": ("hoe oud|hoog|groot|diep|ver|snel|zwaar|breed|heet|koud",),
    "asks money": ("hoeveel|wat kost|kosten|kostte|betaalt|betalen|verdient", "welke|welk prijs"),
    "money": (
        "euro|euro's|cent|dollar|pond|kost|kosten|prijs|betalen|betaalt|gratis|goedkoop|duur"
        "|geld|huur",
    ),
    "sums": ("geld|kost|kosten|prijs|betalen|betaalt|duur|goedkoop",),
    "number": ("honderd|duizend|miljoen|dozijn|zeventig|tachtig",),
    "asks amount": (
        "hoe veel|oud|hoog|groot|diep|ver|snel|zwaar|breed|duur|heet|koud",
        "hoeveel",
        "wat kost|kosten|kostte|betaalt|verdient",
        "welk|welke nummer|prijs|leeftijd|temperatuur|snelheid|hoogte",
    ),
    "costs": ("kost|kosten|kostte|betaalt|betalen|verdient|weegt|geld",),
    "asks time": ("welke|welk dag|dagen|datum|jaar|maand",),
    "asks which": ("welk|welke",),
    "amount": (
        "honderd|duizend|miljoen|dozijn|half|halve|helft|kwart|derde|dubbel|gratis|niets|geen|alle"
        "|beide|veel|weinig|enkele|zeventig|tachtig|procent",
    ),
    "time": (
        "maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|januari|februari|maart|april"
        "|mei|juni|juli|augustus|september|oktober|november|december|lente|zomer|herfst|winter",
        "vandaag|morgen|gisteren|vanavond|ochtend|middag|avond|nacht|middernacht|weekend|dag|dagen"
        "|week|weken|maand|maanden|jaar|uur|uren|minuut|minuten|straks|nu|altijd|nooit|meteen"
        "|wanneer|voordat|nadat|sinds|volgende|vorige|laatste|tijdens|kerst|pasen|verjaardag",
    ),
    "about only": ("over|van",),
    "about what": ("over de|het|een|deze|die|dit|haar|hun|zijn",),
    # What is said of all of it
    "announces": (
        "dit is de|het|onze|een",
        "welkom bij|op",
        "vandaag gaat|praten|spreken",
        "het onderwerp",
    ),
    # How much of it
    "points": (
        "punt|punten|puntjes|zin|zinnen|regels|woorden|dingen|alinea|alinea's|bullets"
        "|opsommingstekens",
    ),
    # A range of time
    "first part": (
        "in|tijdens|binnen|van|gedurende de|het eerste",
        "de|het eerste",
        "eerste",
    ),
    "last part": (
        "in|tijdens|binnen|van|gedurende de|het laatste",
        "de|het laatste",
        "laatste",
    ),
    "from clock": ("na|vanaf|sinds",),
    "between clocks": ("tussen|van",),
    "to clock": ("voor|tot|en|vóór",),
}

NUMBERS = (
    {
        word: number
        for number, word in enumerate(
            "nul één twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien "
            "vijftien zestien zeventien achttien negentien twintig".split()
        )
    }
    | {"dertig": 30, "veertig": 40, "vijftig": 50, "zestig": 60, "negentig": 90}
    | {"een": 1, "eenmaal": 1, "tweemaal": 2, "paar": 2}
)

UNITS = (
    dict.fromkeys(("seconde", "seconden", "sec"), 1.0)
    | dict.fromkeys(("minuut", "minuten", "min"), 60.0)
    | dict.fromkeys(("uur", "uren", "u"), 3600.0)
)

SOUNDS = named("""\
dog: hond|honden blaft|blaffen|blafte|jankt|janken|geblaf, blaft|blaffen|blafte|geblaft|geblaf
    |hondengeblaf|woef|jankt, hond|honden / puppy|hondje|hondjes
cat: kat|katten|poes|poezen, miauw|miauwt|miauwen|miauwde|gemiauw|spint|spinnen / kitten|poesje
    |katje
cow: koe|koeien|rund|runderen, loeit|loeien|geloei|boe
sheep: schaap|schapen|lam|lammetje|geit|geiten, blaat|blaten|geblaat|mekkert|mekkeren
pig: varken|varkens|big|biggen, knort|knorren|geknor
hen: kip|kippen|hen|hennen, kakelt|kakelen|gekakel
rooster: haan|hanen, haan kraait, kraait|kraaien|kraaide haan, hanengekraai, kraait|kraaide|gekraai
frog: kikker|kikkers|pad|padden, kwaakt|kwaken|gekwaak
crow: kraai|raaf|raven, krast|krassen / kraaien
chirping birds: vogel|vogels|vogelgezang|vogelgeluid|vogeltjes|vogelgefluit, tjilpt|tjilpen|getjilp
    |kwettert|kwetteren|gekwetter|fluitende, vogel|vogels|vogeltjes zingt|zingen|fluit|fluiten
    |tjilpen
crickets: krekel|krekels|cicade|cicades, tjirpt|tjirpen|getjirp
insects: insect|insecten|vlieg|vliegen|bij|bijen|mug|muggen, zoemt|zoemen|gezoem
owl: uil|uilen, oehoe
howling wolf: wolf|wolven|wolvengehuil
seagull: meeuw|meeuwen|zeemeeuw|zeemeeuwen
galloping horse: paard|paarden|hoeven|hoefgetrappel, galoppeert|galopperen|galop|hinnikt|hinniken
    |gehinnik
animal: dier|dieren|beest|beesten
rain: regen|regent|regende|regenen|geregend|stortbui|regenbui, het regent
thunderstorm: donder|dondert|donderen|donderde|onweer|onweert|bliksem|gedonder
wind: wind|winderig|storm|stormt|windvlagen, wind waait|blaast, waait
sea waves: golf|golven|branding|zee|oceaan, golven van de zee
pouring water: gietend water, inschenken|schenkt|gieten|giet|uitgieten, water gieten|stroomt /
    water
water drops: druppel|druppels|druppelt|druppelen|gedruppel, druppelende kraan, kraan druppelt|lekt
    / water|kraan
river: rivier|beek|beekje, stromend water / water
crackling fire: kampvuur|haardvuur|openhaard|knettert|knetteren|geknetter, knetterend vuur, vuur
    knettert / vuur|haard
laughing: lacht|lachen|lachte|lachten|gelachen|gelach|giechelt|giechelen|gegiechel
crying baby: baby|baby's|zuigeling, baby|kind huilt|huilen|schreeuwt|huilde, huilende|huilend baby
    |kind, huilt|huilen|huilde|gehuild|gehuil|babygehuil
coughing: hoest|hoesten|hoestte|gehoest|kucht|kuchen|gekuch
sneezing: niest|niezen|nieste|geniesd|nies|genies|hatsjoe
snoring: snurkt|snurken|snurkte|gesnurkt|gesnurk
breathing: ademt|ademen|adem|ademhaling|hijgt|hijgen|zucht|zuchten|gehijg
clapping: klapt|klappen|klapte|geklapt|applaus|applaudisseert|applaudisseren|geklap, handen klappen
footsteps: voetstap|voetstappen|stappen|stap / loopt|lopen
drinking or sipping: slurpt|slurpen|geslurp / drinkt|drinken
brushing teeth: tanden poetsen|poetst|gepoetst, poetst tanden|zijn|haar, tandenpoetsen / tanden
door knock: klopt|kloppen|klopte|geklopt|geklop, klopt|kloppen|klopte|geklop|geklopt op|aan de|een
    deur, op|aan de deur klopt|kloppen|geklopt|klopte, klopje|klopjes / deur
door creak: kraakt|kraken|krakende|piept|piepen|gekraak|gepiep, deur kraakt|piept, krakende
    |piepende deur
glass breaking: glas breekt|breken|brak|gebroken|sneuvelt, brekend|gebroken glas, scherven
    |glasgerinkel|glasbreuk / glas
can opening: blikje opent|openen|opengaat|geopend|opengemaakt, openen van een blikje
mouse click: klik|klikken|klikt|muisklik|muisklikken|geklik
keyboard typing: typt|typen|typte|getypt|getyp|tikken op toetsenbord|typemachine, toetsenbord
    |typemachine|tikt
clock tick: klok tikt|tikken, tikkende klok, getik|klokgetik / klok
alarm clock: wekker|alarm|wekkers|piept|gepiep|piepje, wekker gaat|rinkelt / telefoon|rinkelt|gsm
    |gaat
church bells: kerkklok|kerkklokken|klokken|bel|bellen|klokgelui|klokkengelui|luidklok, kerkklokken
    |klokken luiden|luidt / kerk
vacuum cleaner: stofzuiger|stofzuigers|stofzuigt|stofzuigen
washing machine: wasmachine|wasmachines
toilet flush: wc|toilet doortrekken|doorgetrokken|doorspoelen|spoelt|doorgespoeld, doortrekken van
    wc|toilet|het|de / wc|toilet
hand saw: zaagt|zagen|gezaagd|handzaag|gezaag / zaag
chainsaw: kettingzaag|kettingzagen|motorzaag
fireworks: vuurwerk|vuurwerkknal|rotje|rotjes|vuurpijl|vuurpijlen
siren: sirene|sirenes|politiesirene|ambulancesirene, loeiende sirene / ambulance|politie|brandweer
    |ziekenauto|politieauto
car horn: claxon|claxons|claxonneert|toetert|toeteren|getoeter|toeter, auto toetert|claxonneert
train: trein|treinen|locomotief, trein rijdt voorbij|langs
airplane: vliegtuig|vliegtuigen|straaljager
helicopter: helikopter|helikopters|heli
engine: motor|motoren|motors|motorfiets|motorfietsen|brommer
car: / auto|auto's|vrachtwagen|vrachtwagens|wagen
street traffic: verkeer|straatverkeer|verkeerslawaai|straatlawaai / straat
vehicle: voertuig|voertuigen
music: muziek|liedje|liedjes|lied|melodie|deuntje|muziekje, muziek speelt|gespeeld
guitar: gitaar|gitaren
flute: fluit|fluiten|dwarsfluit
cello: cello|cello's
saxophone: saxofoon|sax
banjo: banjo
trombone: trombone|trombones
clarinet: klarinet|klarinetten
oboe: hobo|hobo's
bassoon: fagot
double bass: contrabas
french horn: hoorn|waldhoorn
mandolin: mandoline
singing: zingt|zingen|zong|gezongen|gezang
""")

CONTRACTIONS = {
    "zo'n": "zo een",
    "m'n": "mijn",
    "'t": "het",
    "to-dos": "todos",
    "to-do": "todo",
    "to-do's": "todos",
    "to-do-lijst": "todo",
    "waar-over": "waarover",
}

DUTCH = Language(
    code="nl",
    name="Dutch",
    function_words=FUNCTION_WORDS,
    asking_words=ASKING_WORDS,
    phrases=PHRASES,
    numbers=NUMBERS,
    units=UNITS,
    sounds=SOUNDS,
    contractions=CONTRACTIONS,
    compounds=True,
)
