"""Spanish, as questions are asked in it."""

from headrouter.question.language import Language, named

FUNCTION_WORDS = frozenset(
    "a al algo algún alguna algunos algunas ante así aún con cómo cuál cuáles cuándo cuánta "
    "cuántas "
    "cuánto cuántos de del desde donde dónde durante e el él ella ellas ellos en entre era eran "
    "eres es "
    "esa ese eso esta está están estaba estas este esto estos ésta éste fue fueron ha había habrá "
    "han "
    "hasta hay he la las le les lo los me mi mis muy más ni no nos nosotros o para pero por porque "
    "puede pueden puedes que qué quién quienes quiénes se ser será si sí sin sobre son su sus "
    "también "
    "te ti tiene tienen tu tus u un una uno unos unas usted ustedes va van y ya yo cuya cuyo cual "
    "quien cuando como estuvo aquí ahí".split()
)
ASKING_WORDS = frozenset(
    "ahora alguien antes audible audio anterior aparece bien buenos cita citar comienza comienzo "
    "corto "
    "cosa cosas cuenta cuéntame da dame decir decirme di dice dicen dicho diga dime dijo dijeron "
    "días "
    "después directamente empieza escribe escucha escuchan escuchar escuchas escuchó exactamente "
    "favor fin final frase gracias graba grabación grabado grabada haz hazme hola hora "
    "inmediatamente "
    "justo hablan habla hablar hablado hace hacen hacer inicio lista listar luego llama menciona "
    "mencionan mencionado momento muestra nada nadie necesito nombra oír oye oyen oyes oigo oyó "
    "otra "
    "otro otras otros palabra palabras parte pasa ocurre sucede podrías puedes primer primera "
    "primero "
    "primeros primeras principio quiero quisiera responde respuesta resume resumir resúmeme ruido "
    "ruidos saber sabes se sigue sonido sonidos suena suenan tiempo tipo toda todas todo "
    "todos última último últimas últimos veces vez viene solo sólo gustaría cierto trata clase "
    "quisiéramos enseguida oírse oírlo fondo largo rápido".split()
)

RECORDING = (
    "grabación|audio|archivo|reunión|conversación|podcast|episodio|llamada|entrevista|conferencia"
    "|clase|charla|nota|mensaje|clip|vídeo|video|sesión|programa|fragmento"
)
PEOPLE = (
    "personas|gente|voces|hablantes|participantes|hombres|mujeres|niños|interlocutores|oradores"
    "|locutores|locutoras"
)

PHRASES = {
    # Of each recording by itself
    "which of each": ("en qué", "en cuál|cuáles de", "qué", "cuál|cuáles de"),
    "how many of each": ("en cuántas|cuántos", "cuántas|cuántos"),
    "before recordings": ("mis|nuestras|nuestros|estas|estos|últimas|últimos",),
    "recordings": (
        "grabación|grabaciones|llamada|llamadas|reunión|reuniones|archivo|archivos|episodio"
        "|episodios|clase|clases|conferencia|conferencias|entrevista|entrevistas|conversación"
        "|conversaciones|podcast|podcasts|mensaje|mensajes|nota|notas",
    ),
    # About the turn before
    "goes on": ("y|e|pero|o|entonces", "y qué tal|hay", "y qué pasa con", "qué pasa|hay con|de"),
    "prepositions": ("en|a|al|de|del|para|por|con|sin|sobre|desde|hasta|durante|entre|tras",),
    "determiners": (
        "el|la|los|las|un|una|unos|unas|su|sus|mi|mis|este|esta|estos|estas|ese|esa|esos|esas",
    ),
    "pronouns": ("él|ella|ellos|ellas|lo|eso|esto",),
    "asks only": (
        "por qué",
        "dónde|cuándo|cómo|quién|qué|cuánto|cuánta|cuántos|cuántas",
        "desde|hasta cuándo",
        "cuánto tiempo",
    ),
    "follow when": (
        "cuándo|cuándo exactamente",
        "cuándo fue|era|es eso|esto",
        "cuándo fue|era|pasó|ocurrió",
        "cuándo pasó|ocurrió eso|esto",
        "cuándo se dijo eso|esto",
        "cuándo lo dijo|dijeron|dice",
    ),
    "follow who": (
        "quién dijo|dice eso|esto",
        "quién lo dijo|dice",
        "quién ha dicho eso|esto",
        "quién fue|era",
    ),
    "polite": (
        "y|e|pero|entonces|hola|oye|bueno|pues|vale|ok|gracias|saber|decir|decirme|si",
        "por favor",
        "buenos|buenas días|tardes",
        "dime|dígame|cuéntame|indícame|muéstrame|díganme|dinos",
        "dime|dígame|cuéntame|decirme si",
        "me dices|dice",
        "sabes|sabe",
        "sabes si",
        "quiero|quisiera|necesito|querría saber",
        "me gustaría saber",
        "dame|haz|hazme|escribe|escríbeme|deme|hágame",
        "quiero|quisiera|necesito|querría",
    ),
    "if": ("si",),
    "can you": (
        "puedes|podrías|puede|podría|podéis",
        "me puedes|podrías|puede|podría",
        "te importaría",
    ),
    "requests": (
        "decir|decirme|dar|darme|resumir|resumirme|resumirlo|listar|transcribir|transcribirlo|citar"
        "|mostrar|mostrarme|describir|encontrar|contar|contarme|escribir|explicar|hacer|hacerme"
        "|enumerar|indicar|indicarme|transcribirme",
    ),
    "interrogative": (
        "quién|quiénes|qué|cuál|cuáles|cuándo|dónde|cómo|cuánto|cuánta|cuántos|cuántas|adónde",
        "por qué",
    ),
    "who": ("quién|quiénes", "a|de|con|para quién|quiénes"),
    "and who": ("quién|quiénes",),
    "yes or no": (
        "hay|había|hubo|es|son|era|eran|está|están|ha|han|puede|pueden|alguien|alguno|habla|hablan"
        "|dice|dicen|dijo|dijeron|menciona|mencionan|mencionó|mencionaron|aparece|aparecen|suena"
        "|suenan|tiene|fue|fueron|oyes|escuchas|oís|llega|hablaron",
        "se oye|oyen|escucha|escuchan|habla|menciona|mencionan|puede|dice|oyó|percibe|nombra",
    ),
    # All words, or the exact ones about something
    "transcript": (
        "transcribe|transcribir|transcripción|transcripciones|transcríbelo|transcríbeme|transcriba"
        "|transcribirlo|transcribirme|transcrito",
        "palabra por palabra",
        "escribe|apunta todo",
    ),
    "what is said": ("qué se dice|dijo|dicen", "qué dice|dicen"),
    "quote": (
        "cita|citar|cítame|citas|textualmente|literalmente|textual|textuales",
        "qué dice|dicen|dijo|dijeron exactamente|concretamente",
        "qué se dice|dijo exactamente|concretamente",
        "exactamente qué",
        "palabras exactas|textuales|literales",
        "frase exacta",
    ),
    # The whole of it
    "tasks": (
        "cuáles|lista|qué|dame son|de|las|todas tareas|decisiones|compromisos|acciones",
        "cuáles son|fueron las|los tareas|decisiones|compromisos|acciones|pendientes|acuerdos",
        "qué|todas tareas|decisiones|compromisos|acuerdos",
        "todas|lista|enumera las|de|los tareas|decisiones|compromisos|acuerdos",
        "tareas pendientes",
        "próximos pasos",
        "puntos de acción",
        "elementos de acción",
        "lista de tareas|pendientes",
        "todo|pendientes list",
        "qué hay|tenemos|queda que|por hacer",
        "quién hace|tiene qué",
        "quién tiene|debe hacer qué",
        "quién tiene que hacer qué",
        "quién debe|va hacer qué",
        "quién va a hacer qué",
        "quién se encarga de qué",
    ),
    "tasks whole": (
        "qué se decidió|acordó|decidieron|acordaron",
        "qué se ha decidido|acordado",
        "qué han|hemos decidido|acordado",
        "qué decidieron|acordaron",
        "tareas|decisiones|acuerdos|pendientes",
        "qué quedó pendiente",
    ),
    "summary": (
        "resumen|resúmenes|resume|resumir|resúmeme|resúmelo|resumirlo|resumirme|resumido|resuma"
        "|síntesis|sinopsis|esquema|sintetiza|acta|resumidamente",
        "puntos|ideas|temas principales|clave|importantes|claves",
        "principales puntos|ideas|temas|conclusiones",
        "lo más importante|relevante",
        "lo esencial",
        "en pocas palabras",
        "a grandes rasgos",
    ),
    "gist": (
        f"de qué trata|va|habla|hablan|se|está esto|esta|este|el|la|hablando {RECORDING}|{PEOPLE}",
        f"de qué trata|va|habla|hablan|se|están la|el|los|las|hablando {RECORDING}|{PEOPLE}",
        "de qué trata|va|habla|hablan|conversan|discuten|charlan|hablaron",
        "de qué se trata|habla|discute|habló|discutió",
        "sobre qué trata|va|habla|hablan|es|discuten|conversan",
        "sobre qué se trata|habla",
        "de qué están hablando|conversando",
        "cuál es|era el|su tema",
        "cuáles|qué son los temas",
        "qué temas se tratan|discuten|mencionan|hablan|tratan|abordan",
        "qué temas",
        "qué se discute|discutió|trata|comenta",
    ),
    "what is this": (
        "qué es|era esto|eso|esta|este|aquello",
        f"qué es esta|este|la|el|mi {RECORDING}",
        "qué es",
    ),
    "profile": (
        "algo|nada interesante|especial|destacable|raro|inusual|llamativo|relevante",
        "algo de interés",
        "qué hay|tiene de interesante|especial",
        "qué es|hay interesante|especial|destacable",
        f"describe|describir|descríbeme el|la|esta|este|mi {RECORDING}",
        f"qué pasa|ocurre|sucede|pasó|ocurrió en|durante la|el|esta|este {RECORDING}",
        f"cuánto dura|duró la|el|esta|este {RECORDING}",
        f"cuánto tiempo dura la|el|esta|este {RECORDING}",
        f"duración|longitud de la|el|esta|este {RECORDING}",
        f"duración del {RECORDING}",
        f"qué hay|contiene en|esta|este|la|el la|el|esta|este|{RECORDING}",
        f"qué hay en la|el|esta|este {RECORDING}",
    ),
    "profile whole": (
        "qué es|era esto|eso|este|esta",
        "qué es",
        "qué pasa|ocurre|sucede|pasó",
        "qué pasa|ocurre|sucede aquí",
        "descríbelo|descríbeme",
        "describe esto|lo",
        "cuánto dura|duró",
        "cuánto dura esto",
        "qué hay aquí",
    ),
    "list": (
        "lista|enumera|nombra|di|dame|listame|enumérame|haz todos|todas|los|las|cada|una",
        "listado de",
        "nómbrame|enumérame",
    ),
    # People
    "how many people": (
        f"cuántas|cuántos|cuánta {PEOPLE}",
        f"cuántas|cuántos diferentes|distintas|otras {PEOPLE}",
        f"número de {PEOPLE}",
        "más de un|una|dos persona|personas|voz|voces|hablante|hablantes",
        "cuántos son|hablan",
        "cuántas hablan",
    ),
    "who speaks": (
        "quién|quiénes habla|hablan|habló|hablaron|interviene|intervienen",
        "quién|quiénes está|están|es|son hablando|el|la|los|que hablante|hablantes|locutor|habla",
        "quién|quiénes está|están hablando",
        "a quién se|quiénes oye|escucha",
    ),
    "gender": (
        "hombre|hombres|mujer|mujeres|masculino|masculina|femenino|femenina|masculinas|femeninas"
        "|sexo|género|chico|chica|niño|niña|señor|señora|varón|varones",
    ),
    "speaking": (
        "habla|hablan|hablar|hablando|habló|hablaron|hablado|voz|voces|conversación|conversaciones"
        "|conversan|charlan|charla|interviene|intervienen|persona|personas|oye|oyen",
        "dice|dicen|dijo alguien algo",
        "alguien dice|dijo algo",
        "algo dicho",
    ),
    "the speaker": ("hablante|locutor|locutora|orador|oradora|interlocutor", "quien habla"),
    "how long": ("cuánto tiempo", "durante cuánto tiempo", "cuánto rato", "cuánto dura|habla"),
    "most": ("más|menos tiempo", "el|la que más|menos", "más|menos"),
    # Where it is, and in which language
    "place": (
        f"qué tipo|clase de lugar|sitio|habitación|ambiente|entorno|espacio|{RECORDING}",
        f"tipo|clase de lugar|sitio|habitación|ambiente|entorno|espacio|{RECORDING}",
        "qué|cuál lugar|sitio|entorno|ambiente|es lugar|sitio|esto|este|es",
        "en qué lugar|sitio|entorno|ambiente",
        "dónde se|fue|ha|está|es grabó|grabado|grabada|ha|sido|esto",
        "dónde se grabó|hizo|ha",
        "dónde fue|está|ha grabado|grabada|sido",
        "dónde lo|la grabaron",
        "interior o exterior",
        "exterior o interior",
        "dentro o fuera",
        "fuera o dentro",
        "al aire libre",
        "bajo techo",
    ),
    "places": (
        "oficina|calle|cocina|casa|coche|tren|restaurante|parque|habitación|estación|iglesia"
        "|tienda|escuela|granja|bosque|estudio|sala",
    ),
    "place whole": (
        "dónde es|está|están|estamos|estoy",
        "dónde es|está esto|eso|esta",
        "dónde ocurre|pasa|sucede esto",
        "dónde ocurre|pasa|sucede",
    ),
    "language": (
        "qué|cuál idioma|idiomas|lengua|lenguas",
        "idioma se|es|hablan|habla|hablado",
        "cuál es el|la idioma|lengua",
        "en español|inglés|francés|alemán habla|hablan",
        "hablan|habla|es en español|inglés|francés|alemán",
    ),
    # Sounds
    "by ear": (
        "sonido|sonidos|ruido|ruidos|oye|oyen|oír|oyes|oigo|oyó|oído|escucha|escuchan|escuchar"
        "|escuchas|escuchó|escuchado|audible|música|instrumento|instrumentos|voz|voces|suena"
        "|suenan",
    ),
    "which sounds": (
        "qué|cuáles|otros|otro|los|todos|algún|cuál sonido|sonidos|ruido|ruidos",
        "cuáles son los sonidos|ruidos",
        "qué otros|otro|tipo sonidos|ruidos|sonido|ruido",
        "tipo|tipos|clase|clases de sonido|sonidos|ruido|ruidos",
        "sonidos|ruidos hay|se|aparecen|aparte|además|de|que|ambientales|animales",
        "sonidos|ruidos de fondo|ambiente",
        "qué más se oye|escucha",
        "aparte|además de la|las voz|voces|habla|conversación",
        "que no sean|sea voz|voces|habla",
    ),
    "what is heard": (
        "qué se oye|escucha|oyen|oía|escuchaba|percibe",
        "qué se puede oír|escuchar",
        "qué puedo|puedes|podemos oír|escuchar",
        "qué oyes|escuchas|oímos|oís",
        "qué suena",
    ),
    "which instruments": (
        "qué|cuáles instrumento|instrumentos|animal|animales|vehículo|vehículos|pájaros|aves",
        "cuáles son los instrumentos|animales|vehículos",
        "tipo|tipos|clase|clases de instrumento|instrumentos|animal|animales|vehículo|vehículos",
    ),
    # When and how often
    "when": (
        "cuándo",
        "desde|hasta cuándo",
        "a partir de cuándo",
        "a|en|sobre qué hora|momento|minuto|segundo|instante|punto|parte",
        "a partir de qué momento|minuto",
        "cuánto tiempo",
        "durante|por cuánto tiempo",
        "cuánto dura|duró|duran",
    ),
    "starts": (
        "empieza|empiezan|empezó|empezar|comienza|comienzan|comenzó|inicia|termina|terminan|terminó"
        "|acaba|acaban|para|paran|paró|cesa|finaliza|pasa|pasan|pasó|ocurre|ocurren|sucede|aparece"
        "|aparecen|viene|vienen|suena|suenan|sonó|sonar|dura|duran|duró|toca|tocan|tocó|hace|hacen"
        "|primera|primer|vez|veces|otra|nuevo|fuerte|algún|alguna|lado|alguien|lejos|cerca|fondo"
        "|cae"
        "|caen|vuela|sobrevuela|dispara|pone|ponen|sale|fuera|total|presente|llega|llegan|oye|oyen"
        "|está|están|hay|ruido|puerta|da|dan|produce|sobre|momento|lejano|distancia|rato",
    ),
    "count": (
        "cuántas veces",
        "cada cuánto",
        "cuenta|contar cuántas|cuántos|las|los|todas|cada",
        "número de veces",
        "con qué frecuencia",
    ),
    "how many": ("cuántos|cuántas",),
    "how many acts": (
        "cuántos|cuántas golpes|ladridos|toses|estornudos|risas|sirenas|clics|disparos|campanadas"
        "|bocinazos|toques",
    ),
    "spoken of": (
        "menciona|mencionan|mencionó|mencionado|mencionada|mencionar|mencionaron|discute|discuten"
        "|discutió|dice|dicen|dijo|dicho|nombra|nombran|nombrado|cita|citan|palabra|nombre|comenta"
        "|comentan|mencionados|mencionadas|dijeron",
        "habla|hablan|habló|hablaron|hablar|hablado|hablando de|del|sobre",
        "habla|hablan|habló|hablado alguien de|del|sobre",
        "sale el tema",
        "trata|tratan de|el|sobre",
    ),
    "there": (
        "hay|había|hubo",
        "oye|oyen|oír|oyes|oyó|escucha|escuchan|escuchar|escuchas|escuchó|audible",
        "sonido|ruido|sonidos|ruidos de|del",
        "suena|suenan|aparece|aparecen",
    ),
    # What comes before and after
    "order verb": (
        "viene|vienen|pasa|pasan|ocurre|sucede|oye|oyen|oír|escucha|escuchan|sigue|siguen|siguió"
        "|dice"
        "|dicen|dijo|dijeron|es|ha|puede|se|justo|inmediatamente|directamente|que|suena|suenan|hace"
        "|pasó|ocurrió|dicho|ladra|luego|hay",
    ),
    "after": (
        "después",
        "después de|del",
        "después de que",
        "tras",
        "luego de|del",
        "sigue|siguen|siguió a|al",
    ),
    "before": ("antes", "antes de|del", "antes de que", "precede|preceden a|al"),
    "first": (
        "viene|se|es|suena|oye|escucha primero|antes",
        "primero",
        "en primer lugar",
    ),
    "said": ("dice|dicen|dijo|dijeron|dicho|palabras|frase|cuenta|hablan|habla",),
    "recording": (RECORDING,),
    # What sort of answer is wanted, and the words by which a sentence holds one
    "asks money": (
        "cuánto cuesta|cuestan|costó|costaron|vale|valen|es|son|pagan|paga|pagó",
        "qué precio",
        "cuál es el precio",
    ),
    "money": (
        "euro|euros|céntimos|dólar|dólares|peso|pesos|libras|cuesta|cuestan|precio|vale|valen"
        "|pagar|paga|gratis|barato|caro|presupuesto|dinero",
    ),
    "label": ("número|contraseña|dirección|marca",),
    "sums": ("dinero|cuesta|cuestan|precio|vale|pagar|paga|caro|barato",),
    "number": ("cien|ciento|cientos|mil|millón|millones|docena|setenta|ochenta|noventa",),
    "asks amount": (
        "cuánto|cuánta|cuántos|cuántas",
        "cuál es el|la precio|número|edad|temperatura|velocidad|altura|tamaño",
        "qué precio|número|edad|temperatura|velocidad|altura|tamaño",
    ),
    "asks time": ("qué día|días|fecha|año|mes",),
    "asks what": ("qué",),
    "amount": (
        "cien|ciento|cientos|mil|millón|millones|docena|medio|media|mitad|cuarto|tercio|doble"
        "|gratis|nada|ninguno|ninguna|todos|todas|ambos|varios|muchos|pocos|setenta|ochenta"
        "|noventa",
    ),
    "time": (
        "lunes|martes|miércoles|jueves|viernes|sábado|domingo|enero|febrero|marzo|abril|mayo|junio"
        "|julio|agosto|septiembre|octubre|noviembre|diciembre|primavera|verano|otoño|invierno",
        "hoy|mañana|ayer|mediodía|tarde|noche|medianoche|día|días|semana|semanas|mes|meses|año"
        "|años|hora|horas|minuto|minutos|pronto|ahora|siempre|nunca|antes|después|desde|hasta"
        "|próximo|próxima|último|última|durante|cuando|navidad|cumpleaños",
    ),
    "about only": ("sobre|de|del",),
    "about what": ("sobre el|la|las|los|un|una|esa|ese|esta|este|su|sus",),
    # What is said of all of it
    "announces": (
        "esta es la|nuestra|una",
        "bienvenidos a",
        "hoy hablamos|vamos",
        "el tema",
    ),
    # How much of it
    "points": (
        "punto|puntos|frase|frases|línea|líneas|palabras|viñetas|párrafo|párrafos|cosas|oraciones"
        "|oración|elementos",
    ),
    # A range of time
    "first part": (
        "en|durante|de los|las|el|la primeros|primeras|primer|primera",
        "los|las|el|la primeros|primeras|primer|primera",
        "en|durante|de los|las # primeros|primeras",
        "los|las # primeros|primeras",
        "primeros|primeras",
    ),
    "last part": (
        "en|durante|de los|las|el|la últimos|últimas|último|última",
        "los|las|el|la últimos|últimas|último|última",
        "en|durante|de los|las # últimos|últimas|finales",
        "los|las # últimos|últimas|finales",
        "últimos|últimas",
    ),
    "from clock": (
        "desde|tras",
        "desde las|la|el",
        "después|luego|partir de",
        "después|luego|partir de las|la|el|los",
        "después del minuto",
        "desde el minuto",
        "a partir de las|la",
        "a partir del minuto",
    ),
    "between clocks": ("entre|de", "entre|de las|la", "entre el minuto", "del minuto"),
    "to clock": (
        "hasta|y|a|al",
        "hasta|y|a las|la|el",
        "antes de",
        "antes de las|la",
        "hasta el minuto",
        "antes del minuto",
    ),
}

NUMBERS = {
    word: number
    for number, word in enumerate(
        "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
        "dieciséis diecisiete dieciocho diecinueve veinte".split()
    )
} | {"treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "un": 1, "una": 1, "par": 2}

UNITS = (
    dict.fromkeys(("segundo", "segundos", "seg", "s"), 1.0)
    | dict.fromkeys(("minuto", "minutos", "min", "mins"), 60.0)
    | dict.fromkeys(("hora", "horas", "h"), 3600.0)
)

SOUNDS = named("""\
dog: perro|perros|perra|perrito, ladra|ladran|ladrar|ladró|ladrando|ladrido|ladridos|guau|aúlla,
    perro|perros ladra|ladran|ladrando, ladrido|ladridos de|del perro|perros / cachorro
cat: gato|gatos|gata, maúlla|maúllan|maullar|maullido|maullidos|miau|ronronea|ronroneo / gatito
    |gatitos
cow: vaca|vacas, muge|mugen|mugido|mugidos
sheep: oveja|ovejas|cordero|cabra|cabras, bala|balan|balido|balidos
pig: cerdo|cerdos|puerco|chancho, gruñe|gruñido|gruñidos
hen: gallina|gallinas|pollo|pollos, cacarea|cacareo|cloquea
rooster: gallo|gallos|quiquiriquí, canta gallo|el gallo, canto del gallo, gallo canta
frog: rana|ranas|sapo|sapos, croa|croan|croar|croando
crow: cuervo|cuervos|corneja, grazna|graznido|graznidos
chirping birds: pájaro|pájaros|pajarito|pajaritos|ave|aves|pajarillos, trina|trinan|trinos|gorjeo
    |gorjean|pían|píos, pájaro|pájaros|aves canta|cantan|cantando, canto de|del|los pájaros|aves
    |pájaro, cantan|canta los|las|un pájaros|aves|pájaro
crickets: grillo|grillos|cigarra|cigarras|chicharras
insects: insecto|insectos|mosca|moscas|abeja|abejas|mosquito|mosquitos|avispa, zumbido|zumba|zumban
owl: búho|búhos|lechuza|lechuzas, ulula
howling wolf: lobo|lobos, lobo aúlla, aullido|aullidos de lobo|lobos
seagull: gaviota|gaviotas
galloping horse: caballo|caballos|cascos|galope, relincha|relincho|galopa|galopando
animal: animal|animales|bicho|bichos
rain: lluvia|llueve|lloviendo|llover|llovía|aguacero|llovió, está lloviendo
thunderstorm: trueno|truenos|truena|tormenta|relámpago|relámpagos|tronando
wind: viento|vientos|vendaval|ráfaga|ráfagas, sopla viento|el viento / sopla
sea waves: ola|olas|oleaje|mar|océano, olas del mar
pouring water: vierte|verter|vertiendo|sirviendo agua, chorro de agua, agua cayendo|vertida / agua
water drops: gota|gotas|goteo|gotea|goteando, gotas de agua, grifo gotea|goteando / agua|grifo
river: río|arroyo|riachuelo, agua corriente / agua
crackling fire: crepita|crepitar|chisporroteo|chisporrotea|fogata|hoguera|chimenea, fuego
    crepitando / fuego
laughing: ríe|ríen|reír|risa|risas|riendo|rió|rieron|carcajada|carcajadas|ríes, se ríe|ríen,
    riéndose
crying baby: bebé|bebés|lloro, bebé|niño|niña llora|llorando|grita, llora|lloran|llorar|lloró
    |llorando|llanto|llantos|sollozo|sollozos, llanto|llora del|de|un|el bebé|niño
coughing: tose|tosen|toser|tosió|tosiendo|tos|toses|carraspea
sneezing: estornuda|estornudan|estornudar|estornudó|estornudo|estornudos|achís
snoring: ronca|roncan|roncar|roncando|ronquido|ronquidos
breathing: respira|respiran|respiración|respirar|jadea|jadeo|suspira|suspiro|suspiros
clapping: aplaude|aplauden|aplaudir|aplauso|aplausos|aplaudiendo|palmas, da|dan palmadas
footsteps: paso|pasos|pisadas|pisada / camina|caminan|caminando
drinking or sipping: sorbe|sorber|sorbo|sorbos|sorbiendo / bebe|beber
brushing teeth: cepilla|cepillando|cepillado|cepillarse|lava los|de|sus dientes, cepillándose los
    dientes / dientes
door knock: golpea|golpean|golpear|toca|llaman|tocan|llama|golpe|golpes|toques a|en|la la|puerta
    puerta, golpea|golpean|golpear|toca|llaman|tocan|llama|golpes|golpe la|a|en puerta, golpes
    |toques|golpe en|a la puerta, toc / puerta|llaman|tocan
door creak: cruje|crujido|crujidos|chirría|chirrido|chirridos|rechina, chirrido|crujido de|la
    puerta, puerta cruje|chirría / puerta
glass breaking: vidrio|cristal|vaso roto|rompe|rompiéndose|rompe, rompe un|el|se vidrio|cristal
    |vaso, rotura de cristales|cristal|vidrio, cristales rotos / vidrio|cristal|cristales
can opening: abre|abrir|abriendo|apertura una|la|de lata, lata abriéndose, se abre una lata
mouse click: clic|clics|clica|click, clic de|del ratón
keyboard typing: teclea|teclean|tecleo|tecleando|teclado, máquina de escribir, escribe|escribiendo
    en|a|con el|un|máquina teclado|ordenador
clock tick: tictac|tic-tac, tic tac, reloj / segundero
alarm clock: despertador|alarma|alarmas|pitido|pitidos|pita, suena despertador|el despertador
    |alarma / teléfono|timbre|móvil
church bells: campana|campanas|campanada|campanadas|campanario|repique, campanas de la|una|las
    iglesia / iglesia
vacuum cleaner: aspiradora|aspirador, pasa la aspiradora
washing machine: lavadora|lavarropas
toilet flush: cisterna, tira|tirar de|la la|cadena cadena, descarga del|de inodoro|váter, tira la
    cadena, cadena del váter|inodoro / inodoro|váter|baño
hand saw: serrucho|aserrar|serrar|sierra|serrando, sierra de mano
chainsaw: motosierra|motosierras
fireworks: petardo|petardos|cohetes, fuego|fuegos artificiales|artificial
siren: sirena|sirenas, sirena|sirenas de policía|ambulancia|bomberos / ambulancia|policía|bomberos
car horn: bocina|bocinas|claxon|bocinazo|bocinazos|pita|pitan, toca|tocan|suena la|el bocina|claxon
train: tren|trenes|locomotora, pasa|pasar|pasando un|el tren
airplane: avión|aviones|avioneta
helicopter: helicóptero|helicópteros
engine: motor|motores|moto|motos|motocicleta
car: / coche|coches|carro|carros|auto|autos|camión|camiones
street traffic: tráfico|tránsito / calle
vehicle: vehículo|vehículos
music: música|canción|canciones|melodía, suena música|la música, música sonando
guitar: guitarra|guitarras
flute: flauta|flautas
cello: violonchelo|chelo|violonchelos
saxophone: saxofón|saxo
banjo: banjo|banyo
trombone: trombón
clarinet: clarinete|clarinetes
oboe: oboe
bassoon: fagot
double bass: contrabajo
french horn: trompa
mandolin: mandolina
singing: canta|cantan|cantar|cantando|cantó|canto
""")

CONTRACTIONS = {"q": "qué", "xq": "por qué", "porqué": "por qué", "to-do": "todo"}

SPANISH = Language(
    code="es",
    name="Spanish",
    function_words=FUNCTION_WORDS,
    asking_words=ASKING_WORDS,
    phrases=PHRASES,
    numbers=NUMBERS,
    units=UNITS,
    sounds=SOUNDS,
    contractions=CONTRACTIONS,
)
