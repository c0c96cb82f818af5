"""Italian, as questions are asked in it."""

from headrouter.question.language import Language, named

FUNCTION_WORDS = frozenset(
    "a ad agli ai al alla alle allo anche che chi ci ciò col come con cosa così cui da dagli dai "
    "dal "
    "dalla dalle dallo degli dei del della delle dello di dove e è ed era erano essere fa fu "
    "furono gli "
    "ha hai hanno ho i il in io l la le lei li lo loro lui ma me mi mia mie miei mio ne negli nei "
    "nel "
    "nella nelle nello noi non nostra nostro o per perché più poi può possono puoi qual quale "
    "quali "
    "quando quanta quante quanti quanto quel quella quelle quelli quello questa queste questi "
    "questo "
    "sarà se sei si sia sono sta stanno sua sue sugli sui sul sulla sulle sullo suo suoi su te ti "
    "tra "
    "fra tu tua tuo un una uno va vanno vi voi stato stata stati ancora qui quì molto aveva "
    "qualche "
    "alcuni alcune nessun nessuno".split()
)
ASKING_WORDS = frozenset(
    "adesso allora altra altre altri altro breve ciao cita citare comincia conta dica dice dici "
    "dicono "
    "dimmi dire dirmi direttamente detto detta dopo durante elenca elencare esatta esattamente "
    "favore fammi fai fine finisce frase genere grazie immediatamente inizia inizio ascolta lista "
    "menziona menzionato menzionata minimo momento mostra niente nomina ora parla parlano parlare "
    "parlato parola parole parte passa persona piacere poco posso potresti potete prima "
    "primi primo prime puoi puntualmente può qualcosa qualcuno registrato registrata registrazione "
    "riassumi riassumere riassumimi rispondi risposta rumore rumori sai sapere scrivi sente "
    "senti sentire sentite sentito sento sentono si subito succede suono suoni suona suonano tempo "
    "tipo trova tutta tutte tutti tutto udibile ultima ultimi ultimo ultime viene vengono volta "
    "volte "
    "vorrei voglio dì capita accade sottofondo cose sorta audio ok".split()
)

RECORDING = (
    "registrazione|audio|file|riunione|conversazione|podcast|episodio|puntata|chiamata|telefonata"
    "|intervista|conferenza|lezione|nota|messaggio|clip|video|seduta|colloquio|trasmissione"
    "|incontro"
)
PEOPLE = "persone|voci|parlanti|partecipanti|uomini|donne|bambini|interlocutori|oratori|relatori"

PHRASES = {
    # Of each recording by itself
    "which of each": ("in quale|quali", "quale|quali"),
    "how many of each": ("in quante|quanti", "quante|quanti"),
    "before recordings": ("mie|miei|nostre|nostri|queste|questi|ultime|ultimi",),
    "recordings": (
        "registrazione|registrazioni|chiamata|chiamate|telefonata|telefonate|riunione|riunioni"
        "|file|episodio|episodi|puntata|puntate|lezione|lezioni|intervista|interviste"
        "|conversazione|conversazioni|podcast|messaggio|messaggi|nota|note",
    ),
    # About the turn before
    "goes on": ("e|ed|ma|o|allora", "e che ne è di", "e per quanto riguarda"),
    "prepositions": (
        "in|a|al|alla|di|del|della|da|dal|dalla|per|con|senza|su|sul|sulla|nel|nella|fra|tra"
        "|dopo|durante",
    ),
    "determiners": (
        "il|lo|la|i|gli|le|un|uno|una|suo|sua|suoi|sue|mio|mia|questo|questa|quello|quella",
    ),
    "pronouns": ("lui|lei|loro|esso|essa|lo|questo|quello",),
    "asks only": (
        "perché|dove|quando|come|quanto|quanta|quanti|quante|chi|cosa",
        "da|fino a quando",
        "per quanto tempo",
    ),
    "follow when": (
        "quando|quando esattamente",
        "quando era|è",
        "quando è stato|successo|accaduto",
        "quando è stato detto",
        "quando lo ha|hanno detto",
    ),
    "follow who": (
        "chi lo ha detto",
        "chi ha detto questo|ciò",
        "chi lo dice",
        "chi era|è",
    ),
    "polite": (
        "e|ed|ma|allora|ciao|ehi|senti|scusa|ok|bene|dunque|grazie|sapere|dire|dirmi|se|quindi",
        "per favore|piacere|cortesia",
        "buongiorno|buonasera|salve",
        "dimmi|mostrami|dicci|indicami|spiegami|mi",
        "dimmi|dirmi|dire se",
        "mi dici|dica|sai",
        "mi dici|dica|sai se|dire",
        "sai|sapete",
        "sai se|dirmi",
        "sai dirmi se",
        "vorrei|voglio sapere",
        "mi piacerebbe sapere",
        "dammi|fammi|scrivimi|scrivi|fai|fa",
        "vorrei|voglio",
    ),
    "if": ("se",),
    "can you": (
        "puoi|potresti|può|potrebbe|potete|potreste",
        "mi puoi|potresti|può|potrebbe",
        "riesci a",
    ),
    "requests": (
        "dire|dirmi|dare|darmi|riassumere|riassumermi|riassumerlo|riassumerla|elencare|elencarmi"
        "|trascrivere|trascrivermi|trascriverlo|citare|mostrare|mostrarmi|descrivere|trovare"
        "|contare"
        "|scrivere|spiegare|fare|farmi|indicare|indicarmi|nominare|riassumerci",
    ),
    "interrogative": (
        "chi|cosa|che|quale|quali|qual|quando|dove|come|quanto|quanta|quanti|quante|perché",
    ),
    "who": ("chi", "a|di|con|da|per chi"),
    "and who": ("e|da|di|a|con|per chi", "è|ha|dice chi"),
    "yes or no": (
        "ci|vi è|sono|era|erano",
        "è|sono|era|erano|ha|hanno|può|possono|qualcuno|qualcuna|parla|parlano|dice|dicono|menziona"
        "|menzionano|compare|suona|suonano|senti|sentite|fu|furono|sta|stanno|viene|vengono|hai",
        "si sente|sentono|parla|menziona|può|dice|ode|nomina|riesce|sentiva",
    ),
    # All words, or the exact ones about something
    "transcript": (
        "trascrivi|trascrivere|trascrizione|trascrizioni|trascrivimi|trascrivermi|trascriverlo"
        "|trascriva|trascritto",
        "parola per parola",
        "scrivi|sbobina tutto",
    ),
    "what is said": (
        "cosa viene|si|è|hanno|ha detto|dice|dicono",
        "che cosa viene|si|è detto|dice",
        "cosa dice|dicono",
        "che cosa dice|dicono",
    ),
    "quote": (
        "cita|citare|citami|citazione|citazioni|testualmente|letteralmente|testuale|testuali",
        "cosa dice|dicono|diceva di preciso",
        "cosa dice|dicono|diceva esattamente|precisamente",
        "cosa ha|hanno|viene|è detto esattamente|precisamente",
        "cosa si dice esattamente|precisamente",
        "esattamente cosa",
        "parole esatte|testuali|precise",
        "frase esatta",
    ),
    # The whole of it
    "tasks": (
        "quali|che|tutte sono|le|compiti|decisioni|attività compiti|decisioni|attività|impegni"
        "|azioni",
        "quali|che compiti|decisioni|impegni|attività|azioni",
        "quali sono|erano i|le|gli compiti|decisioni|impegni|attività|azioni",
        "elenca|elencami|tutti|tutte i|le|gli compiti|decisioni|impegni|attività",
        "prossimi passi",
        "punti di azione",
        "cose|lista da|di fare|cose|compiti",
        "cosa|cose bisogna|dobbiamo|devo|resta|rimane|da fare",
        "cosa bisogna|dobbiamo|devo|resta|rimane|devono da fare",
        "cosa c'è da fare",
        "cosa ci è da fare",
        "che cosa ci è da fare",
        "chi fa|farà che|cosa",
        "chi fa|farà che cosa",
        "chi deve fare che|cosa",
        "todo|todos",
    ),
    "tasks whole": (
        "cosa è|hanno|abbiamo|si stato|deciso|concordato|è",
        "cosa è|hanno|abbiamo stato deciso|concordato",
        "cosa si è deciso|concordato",
        "che cosa è|hanno stato|deciso",
        "che cosa è stato deciso|concordato",
        "compiti|decisioni|impegni",
    ),
    "summary": (
        "riassunto|riassunti|riassumi|riassumere|riassumimi|riassumermi|riassumilo|riassumila"
        "|riassumerlo|riassumerla|riepilogo|riepiloga|sintesi|sintetizza|panoramica|verbale"
        "|sommario"
        "|riassuma",
        "punti|idee|temi|argomenti principali|chiave|importanti|salienti",
        "principali punti|idee|temi|argomenti|conclusioni",
        "le cose più importanti",
        "in breve|sintesi|poche",
        "a grandi linee",
    ),
    "gist": (
        f"di cosa|che parla|parlano|tratta|trattano|si|discutono il|la|le|i|gli|questa|questo"
        f" {RECORDING}|{PEOPLE}",
        "di cosa|che parla|parlano|tratta|trattano|discutono|parlavano",
        "di cosa|che si parla|tratta|discute|parlava",
        "di che cosa parla|parlano|tratta|discutono",
        "di che cosa si parla|tratta|discute",
        "di cosa|che stanno parlando|discutendo",
        "su cosa|che verte|discutono",
        "qual è|era il tema|argomento",
        "quale è|era il|lo tema|argomento",
        "quali|che argomenti|temi vengono|sono|si trattati|discutono|affrontati|trattano",
        "quali|che argomenti|temi",
        "di quali argomenti|temi",
    ),
    "what is this": (
        "cosa è|era questo|questa|ciò",
        "che cosa è|era questo|questa",
        "che cosa è",
        "cosa è",
        f"cosa è questo|questa|il|la|lo {RECORDING}",
    ),
    "profile": (
        "qualcosa|niente di interessante|particolare|speciale|insolito|rilevante",
        "qualcosa interessante",
        "cosa ci|c è di interessante|particolare|speciale",
        f"descrivi|descrivere|descrivimi il|la|lo|questa|questo {RECORDING}",
        f"cosa succede|accade|capita in|nel|nella|durante|nello la|questa|questo|il|{RECORDING}",
        f"cosa succede|accade in|durante la|questa|questo|il|lo {RECORDING}",
        f"quanto dura|è|durava il|la|lo|questa|questo|lunga {RECORDING}|la",
        f"quanto è lungo|lunga|durata il|la|lo|questa|questo {RECORDING}",
        f"durata|lunghezza del|della|dello|di|dell|questa {RECORDING}|questa|questo",
        f"cosa ci è nel|nella|in|nello {RECORDING}|questa|questo",
    ),
    "profile whole": (
        "cosa è|era",
        "che cosa è",
        "che è",
        "cosa è|era questo|questa|ciò",
        "che cosa è questo|questa",
        "cosa succede|accade",
        "cosa succede|accade qui",
        "descrivilo|descrivimi",
        "quanto dura",
        "quanto è lungo|lunga",
    ),
    "list": (
        "elenca|elencami|nomina|lista|dimmi|dammi tutti|tutte|i|le|gli|ogni|di",
        "elenco|lista di|dei|delle|degli",
    ),
    # People
    "how many people": (
        f"quante|quanti {PEOPLE}",
        f"quante|quanti diverse|diversi|altre {PEOPLE}",
        f"numero di|delle {PEOPLE}",
        "più di un|una|uno|due persona|persone|voce|voci|parlante",
        "in quanti|quante sono|parlano",
        "quanti parlano|sono",
        "quante parlano|sono",
    ),
    "who speaks": (
        "chi parla|parlano|interviene|parlava",
        "chi sta|è|sono parlando|il|la|lo che parla|parlante|oratore",
        "chi sta|è parlando",
        "chi è|sono che|a parla|parlare",
        "chi si sente",
    ),
    "gender": (
        "uomo|uomini|donna|donne|maschio|maschi|femmina|femmine|maschile|maschili|femminile"
        "|femminili|sesso|genere|ragazzo|ragazza|signora|signore",
    ),
    "speaking": (
        "parla|parlano|parlare|parlando|parlava|parlato|voce|voci|conversazione|conversazioni"
        "|discorso"
        "|discorsi|chiacchiera|chiacchierano|conversano|interviene|intervengono|persona|persone",
        "dice|dicono qualcosa",
        "qualcuno dice qualcosa",
    ),
    "the speaker": ("parlante|oratore|oratrice|relatore|interlocutore", "chi parla"),
    "how long": ("quanto tempo", "per quanto tempo", "quanto a lungo", "per quanto"),
    "most": ("di più", "più a lungo", "più tempo", "di meno", "più"),
    # Where it is, and in which language
    "place": (
        f"che|quale tipo|genere di luogo|posto|ambiente|stanza|registrazione|{RECORDING}",
        f"tipo|genere di luogo|posto|ambiente|stanza|{RECORDING}",
        "che|quale|in posto|luogo|ambiente|che è|posto|luogo",
        "in che|quale posto|luogo|ambiente",
        "dove è|sono|hanno|fu stato|stata|registrato|registrata|registrata|fatta",
        "dove è stato|stata registrato|registrata|fatto|fatta",
        "dove la|lo hanno registrata|registrato",
        "al chiuso o|aperto",
        "al aperto",
        "alla aperto o",
        "dentro o fuori",
        "fuori o dentro",
        "interno o esterno",
        "alla aperto",
    ),
    "places": (
        "ufficio|strada|cucina|casa|macchina|treno|ristorante|parco|stanza|stazione|chiesa"
        "|negozio|scuola|fattoria|bosco|studio|sala",
    ),
    "place whole": (
        "dove è|sono|siamo|sei|era",
        "dove è|si questo|questa|svolge|trovano",
        "dove ci troviamo",
        "dove si svolge|trovano|trova",
        "dove succede|accade",
    ),
    "language": (
        "che|quale|quali lingua|lingue",
        "qual è la lingua",
        "quale è la lingua",
        "lingua è|si|parlano|parlata",
        "in italiano|inglese|francese|tedesco parla|parlano",
        "parlano|parla|è italiano|inglese|francese|tedesco",
        "parlano|parla|è in italiano|inglese|francese|tedesco",
    ),
    # Sounds
    "by ear": (
        "suono|suoni|rumore|rumori|sente|sentono|sentire|senti|sento|sentito|sentita|sentiva"
        "|ascolta"
        "|udibile|udibili|musica|strumento|strumenti|voce|voci|ode|udire|verso|versi",
    ),
    "which sounds": (
        "che|quale|quali|altri|altro|i|tutti|dei suono|suoni|rumore|rumori|versi",
        "che|quali|quale altri|altro|tipo suoni|rumori|suono|rumore",
        "quali sono i suoni|rumori",
        "tipo|tipi|genere di suono|suoni|rumore|rumori",
        "suoni|rumori ci|si|sono|oltre|a|di|sentono|che|presenti|ambientali",
        "cosa|che altro si sente",
        "oltre alla|alle|al|a voce|voci|parlato|parole",
        "rumori di fondo|sottofondo",
    ),
    "what is heard": (
        "cosa|che si sente|sentono|sentiva|ode",
        "che cosa si sente|può",
        "cosa|che si può|riesce sentire|a",
        "cosa senti|sentite|sento",
        "che cosa senti|sentite",
        "cosa ci è da sentire",
    ),
    "which instruments": (
        "che|quale|quali strumento|strumenti|animale|animali|veicolo|veicoli|uccelli",
        "quali sono gli|i strumenti|animali|veicoli",
        "tipo|tipi|genere|generi di strumento|strumenti|animale|animali|veicolo|veicoli",
    ),
    # When and how often
    "when": (
        "quando",
        "da|fino quando|a",
        "fino a quando",
        "da quando a quando",
        "a partire da quando",
        "a|verso|in che|quale ora|punto|momento|minuto|secondo|istante",
        "da che|quale momento|minuto",
        "quanto tempo",
        "per quanto tempo",
        "per quanto",
        "quanto dura|durano",
    ),
    "starts": (
        "inizia|iniziano|iniziato|comincia|cominciano|parte|partono|finisce|finiscono|termina"
        "|terminano|smette|smettono|cessa|passa|passano|succede|accade|arriva|arrivano|compare"
        "|compaiono|viene|vengono|suona|suonano|suonato|suonare|dura|durano|durato|fa|fanno|prima"
        "|primo|volta|volte|nuovo|ancora|forte|qualche|qualcuno|lontano|lontananza|vicino|fondo"
        "|sottofondo|cade|cadono|vola|spara|mette|fuori|totale|presente|scatta|stanno|sta|batte"
        "|rumore|sfondo|momento|si|poi|attacca|attaccano|ferma|fermano|distanza",
    ),
    "count": (
        "quante volte",
        "ogni quanto",
        "conta|contare quante|quanti|le|i|gli|tutti|ogni",
        "numero di volte",
        "con che|quale frequenza",
    ),
    "how many": ("quanti|quante",),
    "how many acts": (
        "quanti|quante colpi|latrati|abbai|starnuti|risate|sirene|clic|spari|rintocchi|bussate",
    ),
    "spoken of": (
        "menziona|menzionano|menzionato|menzionata|menzionati|menzionate|menzionare|nomina|nominato"
        "|nominata|nominano|nominati|nominate|discute|discutono|discusso|dice|dicono|detto|detta"
        "|citato|citata|cita|citano|parola|nome|citati|citate",
        "parla|parlano|parlato|parlare|parlando di|del|della|dello|dei|delle|degli|su|sul|sulla",
        "parla qualcuno di|del|della",
        "tratta di|del|della",
    ),
    "there": (
        "ci|vi è|sono|era|erano",
        "sente|sentono|sentire|senti|sentito|sentiva|ode|udibile",
        "suono|rumore|suoni|rumori|verso di|del|della|dello|degli|delle|dei",
        "suona|suonano",
    ),
    # What comes before and after
    "order verb": (
        "viene|vengono|succede|accade|sente|sentono|sentire|segue|seguono|dice|dicono|detto|è|ha"
        "|può"
        "|si|subito|immediatamente|direttamente|che|suona|suonano|fa|ci|stato|appena|abbaia|poi",
    ),
    "after": (
        "dopo",
        "dopo di|che|il|la",
        "dopo",
        "segue|seguono",
        "in seguito a",
        "a seguito di",
    ),
    "before": ("prima di|del|della|dello|dei|delle|degli|che", "precede|precedono"),
    "first": (
        "viene|si|è|suona|sente|arriva prima|per",
        "per primo|prima",
        "prima",
        "primo",
    ),
    "said": ("dice|dicono|detto|detta|parole|frase|racconta|dire|parlano|parla",),
    "recording": (RECORDING,),
    # What sort of answer is wanted, and the words by which a sentence holds one
    "asks money": (
        "quanto costa|costano|costava|viene|pagano|paga",
        "qual è il prezzo",
        "che prezzo",
    ),
    "money": (
        "euro|centesimi|dollaro|dollari|sterline|costa|costano|prezzo|pagare|paga|gratis"
        "|gratuito|caro|economico|soldi|affitto",
    ),
    "label": ("numero|password|indirizzo|marca",),
    "sums": ("soldi|costa|costano|prezzo|pagare|paga|caro",),
    "number": ("cento|mille|mila|milione|milioni|dozzina|settanta|ottanta|novanta",),
    "asks amount": (
        "quanto|quanta|quanti|quante",
        "qual è il|la prezzo|numero|età|temperatura|velocità|altezza|misura",
        "che|quale prezzo|numero|età|temperatura|velocità|altezza|misura",
    ),
    "asks time": ("che|quale|quali giorno|giorni|data|anno|mese",),
    "asks what": ("che",),
    "asks which": ("quale|quali",),
    "amount": (
        "cento|mille|mila|milione|milioni|dozzina|mezzo|mezza|metà|quarto|terzo|doppio|gratis"
        "|gratuito|niente|nessuno|nessuna|tutti|tutte|entrambi|molti|pochi|parecchi|settanta"
        "|ottanta|novanta",
    ),
    "time": (
        "lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|gennaio|febbraio|marzo|aprile"
        "|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre|primavera|estate"
        "|autunno|inverno",
        "oggi|domani|ieri|stasera|mattina|mezzogiorno|pomeriggio|sera|notte|mezzanotte|giorno"
        "|giorni|settimana|settimane|mese|mesi|anno|anni|ora|ore|minuto|minuti|presto|adesso"
        "|sempre|mai|prima|dopo|fino|prossimo|prossima|ultimo|ultima|durante|quando|natale"
        "|pasqua|compleanno",
    ),
    "about only": ("su|sul|sulla|sui|sulle|di|del|della",),
    "about what": (
        "sul|sullo|sulla|sui|sugli|sulle",
        "su un|una|uno|questa|questo",
    ),
    # What is said of all of it
    "announces": (
        "questa è la|una",
        "benvenuti a|al|alla",
        "oggi parliamo",
        "il tema",
    ),
    # How much of it
    "points": (
        "punto|punti|frase|frasi|riga|righe|parole|elenco|paragrafo|paragrafi|cose|elementi",
    ),
    # A range of time
    "first part": (
        "nei|nelle|nel|nella|durante|dei|delle primi|prime|primo|prima",
        "i|le|il|la primi|prime|primo",
        "durante|in i|le|il|la primi|prime|primo|prima",
        "nei|nelle # primi|prime",
        "primi|prime",
    ),
    "last part": (
        "nei|nelle|nel|nella|negli|nello|durante|dei|degli|delle ultimi|ultime|ultimo|ultima",
        "gli|i|le|lo|la ultimi|ultime|ultimo|ultima",
        "durante|in gli|le|lo|la ultimi|ultime|ultimo|ultima",
        "nella|nello ultima|ultimo",
        "ultimi|ultime",
    ),
    "from clock": (
        "dopo|dalle|dal|da",
        "dopo le|il|la",
        "a partire da|dalle|dal",
        "dopo il minuto",
        "dal minuto",
    ),
    "between clocks": ("tra|fra|dalle|da", "tra|fra le|la", "dal minuto", "tra il minuto"),
    "to clock": (
        "alle|e|a|al",
        "fino a|alle|al",
        "prima di|delle|del",
        "e|entro le|la",
        "al minuto",
        "prima del minuto",
    ),
}

NUMBERS = {
    word: number
    for number, word in enumerate(
        "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici "
        "quattordici "
        "quindici sedici diciassette diciotto diciannove venti".split()
    )
} | {"trenta": 30, "quaranta": 40, "cinquanta": 50, "sessanta": 60, "un": 1, "una": 1, "paio": 2}

UNITS = (
    dict.fromkeys(("secondo", "secondi", "sec", "s"), 1.0)
    | dict.fromkeys(("minuto", "minuti", "min"), 60.0)
    | dict.fromkeys(("ora", "ore", "h"), 3600.0)
)

SOUNDS = named("""\
dog: cane|cani|cagna, abbaia|abbaiano|abbaiare|abbaiato|abbaiando|abbaio|abbai|latrato|latrati
    |ulula|bau, cane|cani abbaia|abbaiano|abbaiare, abbaia|abbaiare|abbaio un|il|di|del cane, cane
    che abbaia / cagnolino|cucciolo
cat: gatto|gatti|gatta, miagola|miagolano|miagolare|miagolio|miagolii|miao|fusa / gattino|gattini
    |micio
cow: mucca|mucche|vacca|vacche, muggisce|muggiscono|muggito|muggiti
sheep: pecora|pecore|agnello|capra|capre, bela|belano|belato|belati
pig: maiale|maiali|porco, grugnisce|grugnito|grugniti
hen: gallina|galline|pollo|polli, chioccia|coccodè
rooster: gallo|galli|chicchirichì, gallo canta, canto del gallo, canta il gallo
frog: rana|rane|rospo|rospi, gracida|gracidano|gracidio|gracidare
crow: corvo|corvi|cornacchia|cornacchie, gracchia|gracchiano|gracchiare
chirping birds: uccello|uccelli|uccellini|uccellino, cinguetta|cinguettano|cinguettio|cinguettii
    |cinguettare, uccelli|uccellini cantano|cinguettano, canto degli|di uccelli|uccellini, cantano
    gli|degli uccelli|uccellini
crickets: grillo|grilli|cicala|cicale, frinisce|friniscono
insects: insetto|insetti|mosca|mosche|ape|api|zanzara|zanzare|vespa, ronzio|ronza|ronzano
owl: gufo|gufi|civetta|civette
howling wolf: lupo|lupi, ululato di|del lupo, lupo ulula, ululato|ululati
seagull: gabbiano|gabbiani
galloping horse: cavallo|cavalli|zoccoli|galoppo, nitrisce|nitrito|galoppa|galoppano
animal: animale|animali|bestia|bestie
rain: pioggia|piove|pioveva|piovere|piovendo|acquazzone, sta piovendo
thunderstorm: tuono|tuoni|tuona|temporale|temporali|fulmine|fulmini|tempesta
wind: vento|raffica|raffiche, soffia il vento, vento soffia / soffia
sea waves: onda|onde|mare|oceano|risacca, onde del mare
pouring water: versa|versare|versata|versando, acqua versata|scorre, versa|versare acqua / acqua
water drops: goccia|gocce|gocciola|gocciolio|gocciolare, rubinetto gocciola, gocce di acqua / acqua
    |rubinetto
river: fiume|ruscello|torrente, acqua corrente / acqua
crackling fire: scoppietta|scoppiettio|scoppiettante|crepitio|crepita|falò|caminetto|camino, fuoco
    scoppietta|scoppiettante / fuoco
laughing: ride|ridono|ridere|riso|risata|risate|ridendo|ridacchia|sghignazza
crying baby: neonato|bebè|neonati, bambino|bambina|neonato piange|urla|piangere, piange|piangono
    |piangere|pianto|piangendo|singhiozza|singhiozzi, pianto di|del|un bambino|neonato, bambino
    |neonato che piange, piange un|il bambino|neonato
coughing: tossisce|tossiscono|tossire|tosse|tossito|tossendo, colpo|colpi di tosse
sneezing: starnutisce|starnutiscono|starnutire|starnuto|starnuti|starnutito|etciù
snoring: russa|russano|russare|russando|ronfa
breathing: respira|respirano|respiro|respirare|ansima|affanno|sospira|sospiro|sospiri
clapping: applaude|applaudono|applaudire|applauso|applausi, batte|battono|battere le mani, battito
    |battiti di mani
footsteps: passo|passi / cammina|camminano|camminare
drinking or sipping: sorseggia|sorso|sorsi|sorseggiare / beve|bere
brushing teeth: lava|lavare|lavarsi|spazzola|spazzolare|spazzolarsi|lavano i|gli|denti denti, lava
    |lavarsi|spazzola|spazzolarsi i denti / denti|spazzolino
door knock: bussa|bussano|bussare|bussato|bussando, bussa|bussano|bussare|bussato|colpi|colpo alla
    |a|sulla porta, busso, toc / porta
door creak: cigola|cigolano|cigolio|cigolii|scricchiola|scricchiolio|cigolare, porta cigola
    |scricchiola, porta che cigola|scricchiola, cigolio della|di porta|una / porta
glass breaking: vetro rotto|rompe|infranto, rompe|infrange|rompersi|rompono un|il|di|del vetro
    |bicchiere, vetro che si rompe, vetri rotti|infranti, rottura di|del vetro|vetri / vetro|vetri
    |bicchiere
can opening: apre|aprire|apertura una|la|di lattina, lattina aperta|che / lattina
mouse click: clic|click|clicca|cliccare, clic del mouse
keyboard typing: tastiera|digita|digitano|digitare|digitando, macchina da|per scrivere, scrive
    |battere|batte|scrivono alla|sulla tastiera / scrive
clock tick: ticchettio|ticchetta, orologio|tic-tac, tic tac, orologio ticchetta
alarm clock: sveglia|allarme|allarmi, suona|suonano la|una|gli sveglia|allarme, bip / telefono
    |cellulare|squilla|squillo
church bells: campana|campane|rintocco|rintocchi|campanile, campane della|di chiesa|una, suonano le
    campane / chiesa
vacuum cleaner: aspirapolvere|aspirapolveri
washing machine: lavatrice|lavatrici
toilet flush: sciacquone|sciacquoni, tira|tirare lo sciacquone, scarico del|di|della wc|water
    |toilette / bagno|water|wc
hand saw: sega|segare|segando|seghetto, sega a mano
chainsaw: motosega|motoseghe
fireworks: petardo|petardi|botti, fuoco|fuochi di artificio|pirotecnici
siren: sirena|sirene, sirena|sirene della|di|dei|dell polizia|ambulanza|pompieri / ambulanza
    |polizia|pompieri
car horn: clacson|clackson, suona|suonano il clacson, colpo|colpi di clacson / strombazza
train: treno|treni|locomotiva, passa un|il treno
airplane: aereo|aerei|aeroplano|aeroplani|jet
helicopter: elicottero|elicotteri
engine: motore|motori|motocicletta|motorino|moto
car: / macchina|macchine|auto|automobile|automobili|camion
street traffic: traffico / strada
vehicle: veicolo|veicoli
music: musica|canzone|canzoni|melodia|brano, suona la musica
guitar: chitarra|chitarre
flute: flauto|flauti
cello: violoncello|violoncelli
saxophone: sassofono|sax
banjo: banjo
trombone: trombone|tromboni
clarinet: clarinetto|clarinetti
oboe: oboe
bassoon: fagotto
double bass: contrabbasso
french horn: corno
mandolin: mandolino
singing: canta|cantano|cantare|cantato|canto|cantando
""")

CONTRACTIONS = {
    "po'": "poco",
    "all'aperto": "alla aperto",
    "to-do": "todo",
    "che-cosa": "che cosa",
    "perche": "perché",
}
ELISIONS = {
    "l": "lo", "c": "ci", "d": "di", "n": "ne", "m": "mi", "t": "ti", "s": "si", "v": "vi",
    "un": "una", "dell": "della", "all": "alla", "nell": "nella", "dall": "dalla", "sull": "sulla",
    "dov": "dove", "cos": "cosa", "com": "come", "quand": "quando", "quest": "questo",
    "quell": "quello", "qual": "quale", "cosa": "cosa", "anch": "anche", "nessun": "nessuna",
    "qualcos": "qualcosa", "quant": "quanto", "che": "che", "dev": "deve", "degl": "degli",
}  # fmt: skip

ITALIAN = Language(
    code="it",
    name="Italian",
    function_words=FUNCTION_WORDS,
    asking_words=ASKING_WORDS,
    phrases=PHRASES,
    numbers=NUMBERS,
    units=UNITS,
    sounds=SOUNDS,
    contractions=CONTRACTIONS,
    elisions=ELISIONS,
)
