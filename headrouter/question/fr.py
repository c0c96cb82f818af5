"""French, as questions are asked in it."""

from headrouter.question.language import Language, named

FUNCTION_WORDS = frozenset(
    "a à ai ait au aucun aucune aux avec avez avons ce cela celui celle ces cet cette chez combien "
    "comment comme dans de des du donc dont elle elles en entre est et étaient était être eu eux "
    "il ils "
    "je jusque la là le les leur leurs lui ma mais me mes moi mon ne nos notre nous on ont ou où "
    "par pas pour pourquoi qu quand que quel quelle quelles quels qui quoi sa sans se ses si son "
    "sont sous suis sur ta te tes toi ton tu un une va vers vos votre vous y ça ceux sera seront "
    "fait font ici lequel laquelle lesquels lesquelles pendant depuis peut peux pouvez peuvent "
    "lorsque puisque très fut".split()
)
ASKING_WORDS = frozenset(
    "alors après audible autre autres avant besoin bonjour bruit bruits cite citer combien "
    "commence commencer début décris décrire dernier dernière derniers dernières dire dis dit dite "
    "dites disent donne donner donnez doit doivent enregistré enregistrée enregistrement entend "
    "entendre entends entendu entendus entendez environ exactement faire fais fin finit fois genre "
    "heure instant juste liste lister mentionné mentionne mentionnent mot mots moment montre "
    "même nomme non "
    "oui parle parlent parler parlé passe pense peu personne phrase plaît plait premier première "
    "premiers premières quelque quelques quelqu'un réponds réponse résume résumer salut savoir "
    "sais "
    "son sons sorte suit suivant temps toujours tous tout toute toutes trouve type vais veux "
    "voudrais vient aimerais est-ce ensuite chose n'importe puis faut certains juste tout-à-fait "
    "directement immédiatement merci entière entier complet quelconque surtout longtemps "
    "rapidement court courte bref".split()
)

RECORDING = (
    "enregistrement|fichier|audio|réunion|conversation|podcast|épisode|appel|entretien|interview"
    "|conférence|cours|discussion|mémo|message|émission|extrait|vidéo|séance|entrevue"
)
PEOPLE = (
    "personnes|gens|voix|locuteurs|intervenants|participants|hommes|femmes|enfants|interlocuteurs"
    "|orateurs"
)

PHRASES = {
    # Of each recording by itself
    "which of each": ("dans quel|quels|quelle|quelles", "quel|quels|quelle|quelles"),
    "how many of each": ("dans combien de", "combien de"),
    "before recordings": ("mes|nos|vos|ces|derniers|dernières",),
    "recordings": (
        "enregistrement|enregistrements|appel|appels|réunion|réunions|fichier|fichiers|épisode"
        "|épisodes|cours|conférence|conférences|entretien|entretiens|interview|interviews"
        "|conversation|conversations|podcast|podcasts|message|messages|note|notes",
    ),
    # About the turn before
    "goes on": ("et|mais|ou|alors", "et pour|concernant", "qu'en est-il de|du"),
    "prepositions": (
        "dans|en|à|au|aux|pour|avec|sans|sur|sous|de|du|des|par|chez|avant|après|pendant"
        "|depuis|vers",
    ),
    "determiners": ("le|la|les|un|une|des|son|sa|ses|leur|leurs|mon|ma|mes|ce|cet|cette|ces",),
    "pronouns": ("il|elle|ils|elles|ça|cela|lui",),
    "asks only": (
        "pourquoi|où|quand|comment|combien|qui|quoi",
        "combien de temps|fois",
        "depuis|jusqu'à quand",
    ),
    "follow when": (
        "quand|quand exactement",
        "quand était|est ce",
        "ce était|est quand",
        "quand est ce que ce était|est",
        "quand cela|ça a été|était dit",
        "quand a on|il|elle dit cela|ça",
        "à quel moment était ce",
        "à quel moment",
    ),
    "follow who": ("qui a dit ça|cela", "qui le a dit", "qui dit ça|cela", "qui était|est ce"),
    "polite": (
        "et|mais|alors|donc|ok|bonjour|salut|hé|bon|euh|dire|savoir|merci|indiquer|stp|svp",
        "se|si il vous|te plaît|plait",
        "dis|dites|dire|montre|montrez|indique|indiquez moi|nous",
        "dis|dites|dire moi|nous si|se",
        "me|nous dire",
        "me|nous dire si|se",
        "sais|savez tu|vous",
        "sais|savez tu|vous si|se",
        "tu sais|saurais",
        "tu sais|saurais si|se",
        "je veux|voudrais|aimerais|souhaite savoir",
        "je veux|voudrais|aimerais|souhaite savoir si|se",
        "je veux|voudrais|aimerais",
        "savoir si|se",
        "dire si|se",
        "donne|fais|écris|donnez|faites|écrivez moi|nous",
    ),
    "if": ("si|se",),
    "can you": (
        "peux|pourrais|veux tu",
        "tu peux|pourrais|veux",
        "pouvez|pourriez|voulez vous",
        "vous pouvez|pourriez",
        "peux|pourrais tu me|nous|le|la|en|les",
        "tu peux|pourrais me|nous|le|la|en|les",
        "pouvez|pourriez vous me|nous|le|la|en|les",
        "est ce que tu|vous peux|pourrais|pouvez|pourriez",
        "est ce que tu|vous peux|pourrais|pouvez|pourriez me|nous|le|la|les",
    ),
    "requests": (
        "dire|donner|lister|résumer|transcrire|retranscrire|citer|montrer|décrire|trouver|compter"
        "|écrire|expliquer|faire|nommer|énumérer|indiquer",
    ),
    "interrogative": (
        "qui|que|quoi|quel|quelle|quels|quelles|quand|où|comment|combien|pourquoi|lequel|laquelle"
        "|lesquels|lesquelles",
    ),
    "who": ("qui", "ce est qui", "quelle personne", "à|de|avec qui"),
    "and who": ("et|par|à|avec|de qui", "est|dit|parle qui"),
    "yes or no": (
        "est ce que",
        "est ce",
        "y a",
        "il y a|avait",
        "on|tu|vous entend|peut|entends|entendez|parle|mentionne|dit",
        "est|sont|a|ont|parle|parlent|était|étaient|entend|entends|entendez|peut|peux|dit|disent"
        "|va|fait|mentionne|mentionnent il|elle|on|ils|elles|ce|tu|vous",
        "quelqu'un",
        "est|sont cette|ce|le|la|les|un|une",
    ),
    # All words, or the exact ones about something
    "transcript": (
        "transcris|transcrire|transcription|retranscris|retranscrire|retranscription|transcrivez"
        "|verbatim|retranscrivez",
        "mot à|pour mot",
        "écris|note tout",
    ),
    "what is said": ("que est ce qui est|se dit", "que dit|disent on|il|elle|ils", "qu'est-ce dit"),
    "quote": (
        "cite|citer|citez|citation|citations|textuellement|littéralement",
        "dit|disent|dis exactement|précisément",
        "dit|disent il|elle|on|ils|elles exactement|précisément",
        "mots|paroles|termes exacts|exactes",
        "phrase exacte",
    ),
    # The whole of it
    "tasks": (
        "quelles|toutes|quels les|sont|tâches|décisions|actions tâches|décisions|actions|étapes",
        "quelles|quels tâches|décisions|actions|engagements",
        "liste|donne|cite|quelles les|des|sont tâches|décisions|actions|engagements",
        "sont les tâches|décisions|actions|prochaines|engagements",
        "points d'action",
        "choses à faire",
        "liste de tâches",
        "prochaines étapes",
        "plan de actions",
        "todo|todos",
        "à faire ensuite",
        "qui fait|doit quoi|faire",
        "qui doit|va faire quoi",
        "reste à faire",
        "que reste il à faire",
        "actions à mener|faire|suivre|entreprendre",
        "points de action",
    ),
    "tasks whole": (
        "que est ce qui a été décidé|convenu",
        "que est ce qui est décidé|convenu",
        "que ont ils décidé|convenu",
        "que a on décidé|convenu",
        "que est ce que ils|on ont|a décidé|convenu",
        "tâches|décisions|actions",
    ),
    "summary": (
        "résumé|résumer|résume|résumez|synthèse|synthétise|sommaire|aperçu|compte-rendu"
        "|récapitule|récapitulatif|récap",
        "compte rendu",
        "points|idées|thèmes|sujets principaux|principales|clés|clé|essentiels|importants",
        "principaux|principales points|idées|thèmes|sujets",
        "le essentiel",
        "en bref",
        "grandes lignes",
    ),
    "gist": (
        "de quoi parle|parlent|ça|il|se|est|on ça|ils|elles|on|il|agit|parle|parlent",
        f"de quoi parle|parlent|ce|cet|cette|le|la|les|ces {RECORDING}|{PEOPLE}|interlocuteurs",
        "de quoi parle|parlent",
        "de quoi est il question",
        "de quoi est ce que ils|on|ça parle|parlent",
        "de quoi ça parle",
        "ça parle de quoi",
        "ils|elles|on parlent|parle de quoi",
        "de quoi traite|discute|discutent",
        "quel est le|du sujet|thème|principal",
        "quels sont les sujets|thèmes abordés|discutés",
        "quels|quelles sujets|thèmes sont|abordés|discutés|abordent|ont|été",
        "que est ce qui est discuté|abordé",
    ),
    "what is this": (
        "que est ce que ce est",
        "que est ce que ce est que ça|cela",
        "que est ce",
        "ce est quoi",
        "ce est quoi ça",
        "quel est ce|cet|cette|le|la|mon|ma " + RECORDING,
    ),
    "profile": (
        "quelque|rien|quoi chose|de intéressant|spécial|particulier",
        "chose|choses|rien|quoi de|des|d intéressant|intéressante|intéressantes|spécial|particulier"
        "|remarquable",
        "intéressant à signaler|noter",
        f"décris|décrire|décrivez le|la|ce|cet|cette|mon {RECORDING}",
        f"se passe il|on dans|pendant|durant le|la|ce|cet|cette {RECORDING}",
        f"se passe dans|pendant|durant le|la|ce|cet|cette {RECORDING}",
        f"combien de temps dure le|la|ce|cet|cette {RECORDING}",
        f"durée|longueur de|du le|la|ce|cet|cette {RECORDING}",
        f"durée|longueur du {RECORDING}",
        "ça dure combien de temps",
        f"le|la|ce|cet|cette {RECORDING} dure combien|il",
        f"il|on y a|trouve dans le|la|ce|cet|cette {RECORDING}",
    ),
    "profile whole": (
        "que est ce que ce est",
        "que est ce que ce est que ça|cela",
        "que est ce",
        "ce est quoi",
        "ce est quoi ça",
        "ce est quoi ce|cet|cette " + RECORDING,
        "que se passe il",
        "que est ce qui se passe",
        "il se passe quoi",
        "décris ça|le",
        "combien de temps ça|cela dure",
        "ça dure combien",
        "quelle est la durée",
    ),
    "list": (
        "liste|énumère|cite|nomme|donne|listez|énumérez tous|toutes|les|moi|chaque|tout",
        "liste|énumère|cite|nomme|donne moi tous|toutes|les",
    ),
    # People
    "how many people": (
        f"combien de {PEOPLE}",
        f"combien de différentes|différents|autres {PEOPLE}",
        f"nombre de {PEOPLE}",
        "plus de un|une|deux personne|personnes|voix|intervenant|intervenants|locuteur",
        "combien sont ils",
        "ils sont combien",
    ),
    "who speaks": (
        "qui parle|parlent|prend|parlait",
        "qui est ce qui parle",
        "qui a parlé|pris",
        "qui est|sont le|la|les|en locuteur|locuteurs|intervenants|orateur|train",
        "qui entend|peut on|entendre",
        "ce est qui qui parle",
    ),
    "gender": (
        "homme|hommes|femme|femmes|masculin|masculine|féminin|féminine|masculines|féminines|sexe"
        "|garçon|fille|dame|monsieur|mec",
    ),
    "speaking": (
        "parle|parlent|parler|parlé|parlait|voix|conversation|conversations|discute|discutent"
        "|parole|paroles|discussion|intervenants|s'exprime|exprime|expriment|bavarde|train"
        "|entend|exprimer|prend|pris|personnes",
        "dit|dire quelque chose",
    ),
    "the speaker": ("locuteur|locutrice|intervenant|intervenante|orateur|oratrice",),
    "how long": ("combien de temps", "pendant combien de temps", "quelle durée"),
    "most": ("le plus|moins", "plus longtemps", "plus", "davantage"),
    # Where it is, and in which language
    "place": (
        "quel|quelle|quels genre|type|sorte de|d lieu|endroit|pièce|environnement|cadre"
        f"|{RECORDING}",
        f"genre|type|sorte de lieu|endroit|pièce|environnement|cadre|{RECORDING}",
        "quel|quelle lieu|endroit|pièce|environnement|cadre|décor",
        "où a été|été enregistré|il|fait|ce|cet|ça|cela",
        "où a il|on été",
        "où est ce que ça|cela|ce|on a été",
        "où cela|ça|ce|cet a été|enregistrement",
        "enregistré|enregistrée où",
        "où ce|cet|cette|le " + RECORDING,
        "intérieur ou à le extérieur",
        "extérieur ou à le intérieur",
        "intérieur ou extérieur",
        "extérieur ou intérieur",
        "dedans ou dehors",
        "en plein air",
    ),
    "places": (
        "bureau|rue|cuisine|maison|voiture|train|restaurant|parc|chambre|gare|église|magasin"
        "|école|ferme|forêt|studio|salle",
    ),
    "place whole": (
        "où est|sont ce|on|ils|nous|elle",
        "où sommes nous",
        "ce est où",
        "on est où",
        "ça se passe où",
        "où ça se passe",
        "où se passe ça|cela|la scène",
        "où se passe la scène",
        "où suis je",
    ),
    "language": (
        "quelle|quelles langue|langues",
        "langue est|parle|parlent|parlée|parlent|utilisée",
        "quelle est la langue",
        "en|de quelle langue",
        "ce est du|en français|anglais|allemand",
    ),
    # Sounds
    "by ear": (
        "son|sons|bruit|bruits|entend|entendre|entends|entendu|entendez|entendus|entendait|écoute"
        "|audible|audibles|musique|instrument|instruments|voix|bruitage|sonore|sonores",
    ),
    "which sounds": (
        "quel|quels|autres|les|tous|autre|des|quelle son|sons|bruit|bruits|bruitages",
        "quels|quel|les|autres autres|sont|différents sons|bruits|les",
        "sons|bruits autres|audibles|entend|de|y|peut|a|présents|hormis|sauf|de fond|ambiants",
        "genre|type|sorte|genres|types|sortes de|des sons|bruits|son|bruit",
        "bruits|sons de fond",
        "quels|quel sont les sons|bruits",
        "à part|en dehors la|les|des|de voix|parole|paroles|conversation",
        "que entend on de autre",
        "que y a il de autre",
    ),
    "what is heard": (
        "que entend|entends|entendez on|tu|vous",
        "que est ce que on|tu|vous|je entend|entends|entendez",
        "que peut|peux on entendre",
        "que est ce que on|tu|vous peut|peux|pouvez entendre",
        "on|tu entend|entends quoi",
        "on peut entendre quoi",
        "que y a il à entendre",
    ),
    "which instruments": (
        "quel|quels|quelle|quelles instrument|instruments|animal|animaux|véhicule|véhicules"
        "|oiseaux",
        "genre|type|sorte|genres|types|sortes de instrument|instruments|animal|animaux|véhicule"
        "|véhicules",
        "quels|quel sont les instruments|animaux|véhicules",
        "comme instruments|animaux|véhicules|instrument|animal",
    ),
    # When and how often
    "when": (
        "quand",
        "ce est quand",
        "depuis|dès|jusque quand|à",
        "à partir de quand",
        "à|vers|dès quelle|quel heure|moment|minute|seconde|instant|endroit",
        "de quand à quand",
        "combien de temps",
        "pendant combien de temps",
    ),
    "starts": (
        "commence|commencent|commencé|démarre|démarrent|débute|début|finit|finissent|fini|arrête"
        "|arrêtent|arrêté|termine|terminent|cesse|passe|passent|passé|arrive|arrivent|arrivé"
        "|produit"
        "|apparaît|apparaissent|vient|viennent|retentit|retentissent|sonne|sonnent|sonné|dure"
        "|durent|duré|joue|jouent|joué|jouer|fait|font|premier|première|fois|encore|fort|forte"
        "|quelque|part|quelqu'un|loin|près|fond|arrière|plan|tombe|tombent|roule|vole|survole|tire"
        "|cours|dehors|total|présent|présente|début|démarrer|commencer|déclenche|donné|coups|coup"
        "|train|bat|audible|moment|hurle|met|mettre|crie|a|frappe",
    ),
    "count": (
        "combien de fois",
        "compte|compter combien|les|le|tous|toutes|chaque",
        "nombre de fois",
        "à quelle fréquence",
        "tous les combien",
    ),
    "how many": ("combien de|d",),
    "how many acts": (
        "combien de coups|aboiements|toux|éternuements|rires|sirènes|clics|tirs|détonations",
    ),
    "spoken of": (
        "mentionne|mentionné|mentionnée|mentionnés|mentionnées|mentionner|mentionnent|évoque"
        "|évoqué|évoquée|évoquent"
        "|discute"
        "|discuté|discutent|dit|dite|dits|disent|dire|prononcé|prononce|nommé|cité|citée|abordé"
        "|abordée|mot|nom",
        "parle|parlent|parlé|parler|parlait de|du|des",
        "parle|parlent|parlé|parler il|elle|on|ils|elles|t de|du|des",
        "question de|du",
    ),
    "there": (
        "y a|avait",
        "entend|entendre|entends|entendu|entendez|audible",
        "son|bruit|bruits|sons de|du|des",
    ),
    # What comes before and after
    "order verb": (
        "vient|viennent|passe|passent|arrive|produit|entend|entends|entendre|suit|suivent|suivi|dit"
        "|disent|dite|est|a|peut|on|se|il|y|juste|directement|immédiatement|que|ce|qui|sonne|fait"
        "|retentit|ensuite|aboie|tout|suite",
    ),
    "after": (
        "après",
        "après que",
        "suit|suivent",
        "à la suite de|des|du",
        "suite à",
    ),
    "before": ("avant", "avant que", "précède|précèdent"),
    "first": (
        "vient|entend|est|arrive en premier",
        "en premier",
        "abord",
        "de abord",
        "le premier|première",
    ),
    "said": ("dit|dite|disent|dire|parole|paroles|mots|phrase|raconte|dites",),
    "recording": (RECORDING,),
    # What sort of answer is wanted, and the words by which a sentence holds one
    "asks money": (
        "combien coûte|coûtent|coûtait|coûtera|vaut|paie|payent",
        "quel est le prix|coût|tarif",
        "quel prix|tarif",
    ),
    "money": (
        "euro|euros|centime|centimes|dollar|dollars|francs|coûte|coûtent|prix|tarif|payer"
        "|paie|gratuit|gratuite|cher|budget|argent|loyer",
    ),
    "label": ("numéro|adresse|marque",),
    "sums": ("argent|coûte|coûtent|prix|coût|payer|paie|cher",),
    "number": (
        "cent|cents|mille|million|millions|douzaine|soixante-dix|quatre-vingts|quatre-vingt",
    ),
    "asks amount": (
        "combien",
        "quel est le|la prix|coût|numéro|âge|tarif|température|vitesse|hauteur|taille",
        "quel|quelle prix|numéro|âge|température|vitesse|hauteur|taille",
    ),
    "asks time": ("quel|quels|quelle jour|jours|date|année|mois",),
    "asks which": ("quel|quelle|quels|quelles",),
    "amount": (
        "cent|cents|mille|million|millions|douzaine|demi|moitié|quart|tiers|double|gratuit|gratuite"
        "|rien|aucun|aucune|tous|toutes|plusieurs|beaucoup|peu",
        "soixante-dix|quatre-vingts|quatre-vingt|pour-cent",
    ),
    "time": (
        "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|janvier|février|mars|avril|mai|juin"
        "|juillet|août|septembre|octobre|novembre|décembre|printemps|été|automne|hiver",
        "aujourd'hui|demain|hier|matin|midi|soir|nuit|minuit|jour|jours|semaine|semaines|mois"
        "|an|ans|année|heure|heures|minute|minutes|bientôt|maintenant|toujours|jamais|avant|après"
        "|depuis|prochain|prochaine|dernier|dernière|pendant|quand|noël|pâques|anniversaire",
    ),
    "about only": ("sur|de|du|des",),
    "about what": ("sur la|le|les|un|une|cette|ce|ces|leur|leurs|sa|ses|son",),
    # What is said of all of it
    "announces": (
        "c'est le|la|notre",
        "bienvenue à|dans",
        "aujourd'hui nous|on",
        "le sujet",
    ),
    # How much of it
    "points": (
        "point|points|phrase|phrases|ligne|lignes|mots|mot|tirets|puces|paragraphes|paragraphe"
        "|choses|éléments",
    ),
    # A range of time
    "first part": (
        "dans|pendant|durant|de les|la|le # premières|premiers",
        "dans|pendant|durant|au|à la|le|cours première|premier|premières|premiers",
        "les|des # premières|premiers",
        "# premières|premiers",
        "la première",
    ),
    "last part": (
        "dans|pendant|durant|de les|la|le # dernières|derniers",
        "dans|pendant|durant|à la|le dernière|dernier",
        "les|des # dernières|derniers",
        "# dernières|derniers",
        "la dernière",
    ),
    "from clock": ("après|depuis|dès", "à partir de"),
    "between clocks": ("entre|de",),
    "to clock": ("avant|et|à", "jusqu'à", "jusque à"),
}

NUMBERS = {
    word: number
    for number, word in enumerate(
        "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze "
        "seize dix-sept dix-huit dix-neuf vingt".split()
    )
} | {"trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "une": 1}

UNITS = (
    dict.fromkeys(("seconde", "secondes", "sec", "s"), 1.0)
    | dict.fromkeys(("minute", "minutes", "min", "mn"), 60.0)
    | dict.fromkeys(("heure", "heures", "h"), 3600.0)
)

SOUNDS = named("""\
dog: chien|chiens|chienne, aboie|aboient|aboyer|aboyé|aboyait|aboiement|aboiements|jappe|ouaf,
    chien|chiens aboie|aboient|aboyer|hurle, chien qui aboie, aboiement|aboiements de|du|des chien
    |chiens / chiot|chiots
cat: chat|chats|chatte, miaule|miaulent|miauler|miaulement|miaulements|miaou|ronronne|ronronnement
    / chaton|chatons
cow: vache|vaches|bœuf|boeuf, meugle|meuglement|meuglements|mugit|beugle
sheep: mouton|moutons|brebis|agneau|chèvre|chèvres, bêle|bêlent|bêlement|bêlements
pig: cochon|cochons|porc|porcs, grogne|grognement|grognements
hen: poule|poules|poulet|poulets, glousse|caquette|caquètement|gloussement
rooster: coq|coqs|cocorico, coq chante, chant du coq
frog: grenouille|grenouilles|crapaud, coasse|coassement|coassements
crow: corbeau|corbeaux|corneille|corneilles, croasse|croassement|croassements
chirping birds: oiseau|oiseaux, gazouille|gazouillis|pépie|pépiements|piaille, oiseau|oiseaux
    chante|chantent|gazouillent|chanter, chant|chants de|des oiseau|oiseaux
crickets: grillon|grillons|cigale|cigales|criquet|criquets
insects: insecte|insectes|mouche|mouches|abeille|abeilles|moustique|moustiques|guêpe, bourdonne
    |bourdonnement|bourdonnements
owl: hibou|hiboux|chouette|chouettes, hulule|hululement
howling wolf: loup|loups, loup hurle, hurlement|hurlements de loup|loups
seagull: mouette|mouettes|goéland|goélands
galloping horse: cheval|chevaux|sabots|galop, hennit|hennissement|galope
animal: animal|animaux|bête|bêtes
rain: pluie|pleut|pleuvoir|pleuvait|averse|averses, il pleut
thunderstorm: tonnerre|orage|orages|tonne|foudre|éclairs, coup|coups de tonnerre
wind: vent|vents|tempête|rafale|rafales|bourrasques, vent souffle / souffle
sea waves: vague|vagues|mer|océan|ressac, vagues de la mer
pouring water: verse|verser|versée, eau versée|verse, verse de le eau, eau qui coule|verse / eau
water drops: goutte|gouttes|goutte-à-goutte, robinet goutte, gouttes de eau / eau|robinet
river: rivière|ruisseau|torrent|fleuve, eau courante / eau
crackling fire: crépite|crépitement|crépitements|cheminée, feu crépite, feu de camp|bois|cheminée,
    feu qui crépite / feu
laughing: rit|rient|rire|rires|rigole|rigolent|rigoler|ri|ricane|glousse
crying baby: bébé|bébés|nourrisson, bébé|enfant pleure|crie|pleurer|pleurent, bébé|enfant qui
    pleure|crie, pleure|pleurs|pleurer|pleurent|sanglote|sanglots, pleurs de bébé|enfant
coughing: tousse|toussent|tousser|toussé|toux|toussote
sneezing: éternue|éternuent|éternuer|éternué|éternuement|éternuements|atchoum
snoring: ronfle|ronflent|ronfler|ronflement|ronflements
breathing: respire|respirer|respiration|halète|soupir|soupire|soupirs|essoufflé
clapping: applaudit|applaudissent|applaudir|applaudissement|applaudissements, tape|tapent dans|des
    les|ses mains, battements de mains
footsteps: pas|bruits de pas, bruit|bruits de pas / marche|marchent
drinking or sipping: sirote|aspire, boit bruyamment / boit|boire
brushing teeth: brosse|brosser|brossage les|des|ses|de dents, se brosse les dents, brossage / dents
door knock: toque|frappe|frapper|frappent|frappé|toquer|toquent, toque|frappe|frapper|frappent
    |frappé|cogne|toquer à la|une porte, coup|coups à|sur la porte / porte|cogne
door creak: grince|grincer|grincement|grincements, porte grince|qui grince, grincement de porte /
    porte
glass breaking: verre brisé|cassé|casse|brise, bris de verre, verre se casse|brise, verre qui se
    casse|brise / verre|vitre
can opening: ouvre|ouverture|ouvrir une|de|la canette, canette|canettes
mouse click: clic|clics|clique|cliquer, clic|clics de souris
keyboard typing: clavier|dactylographie|machine à écrire, tape|tapent|taper|frappe à|sur le|la|un
    |au clavier|machine, tape au clavier / tape|taper
clock tick: tic-tac, horloge, tic tac / pendule|montre
alarm clock: réveil|alarme|alarmes|bip|bips, réveil|alarme sonne, sonnerie de réveil / sonnerie
    |téléphone
church bells: cloche|cloches|clocher|carillon, cloches de la|une|le église, cloches sonnent /
    église
vacuum cleaner: aspirateur|aspirateurs, passe le aspirateur
washing machine: machine à laver, lave-linge
toilet flush: chasse de|d eau, chasse de eau, tire la chasse / toilettes|toilette
hand saw: scie|scier|sciage, scie à main
chainsaw: tronçonneuse|tronçonneuses
fireworks: artifice|artifices|pétard|pétards, feu|feux de artifice
siren: sirène|sirènes, sirène|sirènes de police|ambulance|pompiers / ambulance|police|pompiers
car horn: klaxon|klaxons|klaxonne|klaxonnent|klaxonner|klaxonné, voiture klaxonne, coup|coups de
    klaxon
train: train|trains|locomotive, train passe, train qui passe
airplane: avion|avions
helicopter: hélicoptère|hélicoptères|hélico
engine: moteur|moteurs|moto|motos
car: / voiture|voitures|camion|camions|bagnole
street traffic: circulation|trafic / rue
vehicle: véhicule|véhicules
music: musique|chanson|chansons|mélodie|morceau, musique joue
guitar: guitare|guitares
flute: flûte|flûtes
cello: violoncelle|violoncelles
saxophone: saxophone|saxophones|saxo
banjo: banjo|banjos
trombone: trombone|trombones
clarinet: clarinette|clarinettes
oboe: hautbois
bassoon: basson|bassons
double bass: contrebasse|contrebasses
french horn: cor
mandolin: mandoline|mandolines
singing: chante|chantent|chanter|chanté|chant|chants
""")

CONTRACTIONS = {
    "rendez-vous": "rendez-vous",
    "compte-rendu": "compte-rendu",
    "qu'est-ce": "que est ce",
    "est-ce": "est ce",
    "c'est-à-dire": "",
    "t": "",
    "ya": "y a",
    "kesk'on": "que est ce que on",
    "keskon": "que est ce que on",
    "s'exprime": "exprime",
    "to-do": "todo",
    "to-dos": "todos",
    "quelques-uns": "quelques",
    "d'abord": "de abord",
}
ELISIONS = {
    "l": "le", "d": "de", "qu": "que", "c": "ce", "j": "je", "n": "ne", "m": "me", "t": "te",
    "s": "se", "y": "y", "jusqu": "jusque", "lorsqu": "lorsque", "puisqu": "puisque",
}  # fmt: skip
PRONOUNS = "il elle on ils elles ce je tu nous vous moi toi le la les lui leur y en ci là"
CLITICS = {word: word for word in PRONOUNS.split()} | {"t": ""}

FRENCH = Language(
    code="fr",
    name="French",
    function_words=FUNCTION_WORDS,
    asking_words=ASKING_WORDS,
    phrases=PHRASES,
    numbers=NUMBERS,
    units=UNITS,
    sounds=SOUNDS,
    contractions=CONTRACTIONS,
    elisions=ELISIONS,
    clitics=CLITICS,
)
