"""Portuguese, as questions are asked in it."""

from headrouter.question.language import Language, named

FUNCTION_WORDS = frozenset(
    "a à às ao aos algo algum alguma alguns algumas aquela aquele aquilo as até com como da das "
    "de dela "
    "dele deles delas do dos durante e é ela elas ele eles em entre era eram essa esse isso esta "
    "está "
    "estão estava este isto eu foi foram há havia houve já lhe mais mas me meu minha muito na não "
    "nas nem "
    "no nos nós num numa o os ou para pela pelas pelo pelos per pode podem por porque porquê "
    "posso pra "
    "qual quais quando quanta quantas quanto quantos que quê quem são se sem ser será seu seus "
    "sua suas "
    "só sobre também te tem têm teu tua um uma umas uns vai vão você vocês onde aonde cuja cujo "
    "lá aqui "
    "ali aí depois desde".split()
)
ASKING_WORDS = frozenset(
    "agora alguém antes após aparece áudio audível bom breve cita citar coisa coisas começa "
    "começo conta "
    "curto dá dar dê diga digam dia diz dizem dizer dito ditas disse disseram diretamente então "
    "escreve "
    "escreva escuta escutar escuta-se exatamente exactamente favor faz faça fazer fala falam falar "
    "falado falou final fim frase genial gravação gravado gravada gravou hora imediatamente início "
    "liste lista listar logo menciona mencionado mencionada mencionam momento mostra mostre nada "
    "ninguém nomeie obrigado oi olá ok ouve ouvem ouvir ouves ouço ouviu ouvido outra outro outras "
    "outros palavra palavras parte passa acontece ocorre poderia podia podes pode preciso primeira "
    "primeiro primeiros primeiras quero queria gostaria responda resposta resume resuma resumir "
    "ruído "
    "ruídos barulho barulhos saber sabe sabes seguida segue som sons soa tempo tipo toda todas "
    "todo "
    "todos tudo última último últimos últimas vem vez vezes gênero género trata ficou fundo "
    "consegue "
    "consegues conseguir favor aconteceu".split()
)

RECORDING = (
    "gravação|áudio|arquivo|ficheiro|reunião|conversa|podcast|episódio|chamada|ligação|telefonema"
    "|entrevista|palestra|aula|nota|mensagem|clipe|vídeo|sessão|programa|memorando"
)
PEOPLE = (
    "pessoas|gente|vozes|falantes|participantes|homens|mulheres|crianças|interlocutores|oradores"
    "|locutores"
)

PHRASES = {
    # Of each recording by itself
    "which of each": ("em que", "em qual|quais", "que", "qual|quais"),
    "how many of each": ("em quantas|quantos", "quantas|quantos"),
    "before recordings": ("minhas|meus|nossas|nossos|estas|estes|últimas|últimos",),
    "recordings": (
        "gravação|gravações|chamada|chamadas|ligação|ligações|reunião|reuniões|arquivo|arquivos"
        "|ficheiro|ficheiros|episódio|episódios|aula|aulas|palestra|palestras|entrevista"
        "|entrevistas|conversa|conversas|podcast|podcasts|mensagem|mensagens|nota|notas",
    ),
    # About the turn before
    "goes on": ("e|mas|ou|então", "e quanto a|ao|à", "quanto a|ao|à"),
    "prepositions": (
        "em|no|na|nos|nas|a|ao|à|de|do|da|dos|das|para|por|com|sem|sobre|desde|até|durante|entre",
    ),
    "determiners": (
        "o|a|os|as|um|uma|uns|umas|seu|sua|seus|suas|meu|minha|este|esta|esse|essa|aquele|aquela",
    ),
    "pronouns": ("ele|ela|eles|elas|isso|isto|aquilo",),
    "asks only": (
        "por que",
        "porquê|onde|quando|como|quem|quanto|quanta|quantos|quantas|quê",
        "desde|até quando",
        "quanto tempo",
    ),
    "follow when": (
        "quando|quando exatamente",
        "quando foi|era isso|isto",
        "quando foi|era",
        "quando é que foi isso|isto",
        "quando aconteceu isso|isto",
        "quando disse|disseram isso|isto",
    ),
    "follow who": ("quem disse|diz isso|isto", "quem foi|era"),
    "polite": (
        "e|mas|então|oi|olá|bom|pois|ok|obrigado|saber|dizer|se|por|favor",
        "por favor",
        "bom|boa dia|tarde",
        "diga|diz|mostre|mostra|conte|indique|fala me|nos|pra",
        "me diga|diz|fala|mostre",
        "me diga|diz|fala se",
        "diga|diz|dizer me se",
        "diga|diz|dizer se",
        "me dizer",
        "me dizer se",
        "sabe|sabes",
        "sabe|sabes se|dizer|me",
        "quero|queria|gostaria|preciso saber",
        "gostaria|gostava|queria de saber",
        "dê|dá|faça|faz|escreva|escreve me|um|uma",
        "me dê|dá|faça|faz",
        "quero|queria|preciso",
    ),
    "if": ("se",),
    "can you": (
        "pode|podes|poderia|podia|podem|consegue|consegues",
        "você|vocês pode|poderia|consegue|podem",
        "pode|podes|poderia|podia me",
        "você pode|poderia|consegue me",
        "será que pode|podes|podia",
    ),
    "requests": (
        "dizer|dar|resumir|listar|transcrever|citar|mostrar|descrever|encontrar|contar|escrever"
        "|explicar|fazer|nomear|enumerar|indicar|resumi",
    ),
    "interrogative": (
        "quem|que|quê|qual|quais|quando|onde|aonde|como|quanto|quanta|quantos|quantas|porquê",
        "por que",
    ),
    "who": ("quem", "a|de|com|para|por quem"),
    "and who": ("e|de|por|com|para quem", "é|foi quem"),
    "yes or no": (
        "há|havia|houve|tem|é|são|era|eram|está|estão|foi|foram|pode|podem|alguém|fala|falam|diz"
        "|dizem|disse|menciona|mencionam|mencionou|aparece|aparecem|toca|ouve|ouvem|ouves|escuta",
        "se ouve|fala|menciona|escuta",
        "dá|dava para|pra ouvir|escutar",
        "você ouve|escuta|consegue|ouviu",
        "consegue|consegues|possível ouvir|escutar",
        "é possível ouvir|escutar",
        "será que",
    ),
    # All words, or the exact ones about something
    "transcript": (
        "transcreva|transcreve|transcrever|transcrição|transcrições|transcrito|degravação",
        "palavra por palavra",
        "escreva|escreve|anote tudo",
    ),
    "what is said": ("o que é|foi dito", "o que se diz|dizem", "o que diz|dizem"),
    "quote": (
        "cite|cita|citar|citação|citações|textualmente|literalmente|textual|textuais",
        "o que diz|dizem|disse|disseram exatamente|exactamente|precisamente",
        "o que ele|ela|eles|elas diz|dizem|disse|disseram exatamente|exactamente",
        "o que é|foi dito exatamente|exactamente",
        "exatamente|exactamente o que",
        "o que exatamente|exactamente",
        "palavras exatas|exactas|textuais",
        "frase exata|exacta",
    ),
    # The whole of it
    "tasks": (
        "quais|todas são|foram|as tarefas|decisões|ações|acções|pendências|as",
        "quais são|foram|eram as|os tarefas|decisões|ações|acções|pendências|compromissos",
        "quais|que tarefas|decisões|ações|compromissos",
        "liste|lista|todas|enumere as|todas|de|os tarefas|decisões|ações|pendências|compromissos",
        "próximos passos",
        "pontos|itens de ação|acção",
        "lista de tarefas|pendências",
        "o que há|tem|falta|temos para|a|por|que fazer",
        "o que precisa|tem ser|de|que feito|fazer",
        "o que precisa ser feito",
        "o que tem que|de ser feito",
        "quem faz|fará o que|quê",
        "quem faz|fará quê|que",
        "quem vai|deve|tem fazer o quê|que",
        "quem tem que|de fazer o quê|que",
        "todo|todos list",
    ),
    "tasks whole": (
        "o que foi|ficou decidido|acordado|combinado",
        "o que decidiram|combinaram|se",
        "o que se decidiu|combinou",
        "tarefas|decisões|pendências",
    ),
    "summary": (
        "resumo|resumos|resuma|resume|resumir|resumida|resumido|síntese|sintetize|sinopse|esboço"
        "|ata"
        "|sumário|sumarize|resume-me",
        "pontos|ideias|temas|tópicos|assuntos principais|chave|importantes|centrais",
        "principais pontos|ideias|temas|tópicos|assuntos|conclusões",
        "o mais importante",
        "o essencial",
        "em poucas palavras",
        "em linhas gerais",
    ),
    "gist": (
        "do|de|sobre que|o trata|fala|falam|se|que|é o|a|os|as|esta|este|essa|esse|trata|fala"
        "|falam"
        f" {RECORDING}|{PEOPLE}|se|o|a|os|as|isto|isso",
        "do|de que trata|fala|falam|se|é|conversam",
        "do|de que se trata|fala|discute",
        "sobre o que é|fala|falam|se|trata|conversam|discutem",
        f"do|sobre que|o trata|fala|falam|que se|o|a|os|as|esta|este|essa|esse|é {RECORDING}"
        f"|{PEOPLE}",
        f"sobre o que é|fala|falam o|a|os|as|esta|este|essa|esse {RECORDING}|{PEOPLE}",
        "de|do que estão|elas|eles falando|falam|a",
        "qual é|era|o o|assunto|tema assunto|tema",
        "qual é|era o assunto|tema",
        "quais|que são os assuntos|temas|tópicos",
        "quais|que assuntos|temas|tópicos são|foram|se discutidos|abordados|tratados|falam",
        "quais|que assuntos|temas|tópicos",
        "o que é|foi|se discutido|discute",
    ),
    "what is this": (
        "o que é|era isto|isso|este|esta",
        f"o que é este|esta|esse|essa|o|a|meu|minha {RECORDING}",
        "que é|era isto|isso",
        "o que é",
    ),
    "profile": (
        "algo|alguma|nada coisa|de interessante|especial|relevante|diferente|incomum",
        "coisa interessante|especial|relevante",
        "algo|nada interessante|especial|relevante|incomum",
        "o que há|tem de interessante|especial|relevante",
        "o que é|há interessante|especial",
        f"descreva|descreve|descrever o|a|este|esta|esse|essa {RECORDING}",
        f"o que acontece|ocorre|passa|aconteceu em|na|no|nesta|neste|nessa|nesse {RECORDING}",
        f"o que se passa na|no|nesta|neste {RECORDING}",
        f"o que acontece durante a|o|esta|este {RECORDING}",
        f"quanto tempo|dura dura|tem|a|o|este|esta a|o|esta|este|{RECORDING} {RECORDING}",
        f"quanto dura a|o|esta|este|essa|esse {RECORDING}",
        f"quanto tempo dura|tem a|o|esta|este|essa|esse {RECORDING}",
        f"duração da|do|desta|deste {RECORDING}",
        f"o que há|tem|contém na|no|nesta|neste|esta {RECORDING}",
    ),
    "profile whole": (
        "o que é|era",
        "o que é|era isto|isso",
        "que é isto|isso",
        "o que acontece|ocorre",
        "o que se passa",
        "o que acontece|ocorre aqui",
        "o que se passa aqui",
        "descreva|descreve",
        "descreva|descreve isto|isso",
        "quanto dura",
        "quanto tempo dura|tem",
    ),
    "list": (
        "liste|lista|enumere|nomeie|diga|enumera|cite|dê todos|todas|os|as|cada|me",
        "lista|listagem de|dos|das",
    ),
    # People
    "how many people": (
        f"quantas|quantos|quanta {PEOPLE}",
        f"quantas|quantos diferentes|outras {PEOPLE}",
        f"número de {PEOPLE}",
        "mais de|do que um|uma|duas|dois pessoa|pessoas|voz|vozes|falante",
        "mais de um|uma|duas|dois pessoa|pessoas|voz|vozes|falante",
        "quantos|quantas falam|são",
    ),
    "who speaks": (
        "quem fala|falam|falou|conversa|intervém",
        "quem está|é|são|estão falando|o|a|que|os falante|fala|locutor|falar",
        "quem está|estão|é falando|que",
        "quem está a falar",
        "quem é que fala|está",
        "quem se ouve",
    ),
    "gender": (
        "homem|homens|mulher|mulheres|masculino|masculina|feminino|feminina|masculinas|femininas"
        "|sexo|rapaz|moça|menino|menina|senhor|senhora",
    ),
    "speaking": (
        "fala|falam|falar|falando|falou|falado|voz|vozes|conversa|conversas|conversam|conversando"
        "|discurso|intervém|pessoa|pessoas|palavra",
        "diz|dizem|disse alguma|algo coisa",
        "alguém diz|disse algo|alguma",
    ),
    "the speaker": ("falante|locutor|locutora|orador|oradora|interlocutor", "quem fala"),
    "how long": ("quanto tempo", "por|durante quanto tempo"),
    "most": ("mais|menos tempo", "mais|menos"),
    # Where it is, and in which language
    "place": (
        f"que|qual tipo|espécie de lugar|local|sítio|ambiente|sala|{RECORDING}",
        f"tipo|espécie de lugar|local|sítio|ambiente|sala|{RECORDING}",
        "que|qual lugar|local|sítio|ambiente",
        "em que|qual lugar|local|sítio|ambiente",
        "onde foi|está|se|isto|isso|é gravado|gravada|foi|gravou|feito|feita|que",
        "onde é que foi|isto|isso",
        f"onde esta|este|essa|esse|a|o {RECORDING} foi",
        "onde gravaram",
        "interior ou exterior",
        "exterior ou interior",
        "dentro ou fora",
        "fora ou dentro",
        "ao ar livre",
        "lugar fechado",
    ),
    "places": (
        "escritório|rua|cozinha|casa|carro|trem|comboio|restaurante|parque|quarto|estação|igreja"
        "|loja|escola|fazenda|floresta|estúdio|sala",
    ),
    "place whole": (
        "onde é|está|estão|estamos|estou|fica",
        "onde é|está isto|isso",
        "onde eles|elas estão",
        "onde se passa|passa isto|isso",
        "onde se passa isto|isso",
        "onde isto|isso se passa|acontece",
        "onde acontece|ocorre isto|isso",
    ),
    "language": (
        "que|qual|quais|em idioma|idiomas|língua|línguas",
        "qual é o|a idioma|língua",
        "qual o|a idioma|língua",
        "idioma|língua é|se|falam|está|falado|falada|eles",
        "falam|fala|é português|inglês|francês|alemão",
        "falam|fala|é em português|inglês|francês|alemão",
    ),
    # Sounds
    "by ear": (
        "som|sons|ruído|ruídos|barulho|barulhos|ouve|ouvem|ouvir|ouves|ouço|ouviu|ouvido|ouvidos"
        "|ouve-se|escuta|escutam|escutar|escutado|audível|audíveis|música|instrumento|instrumentos"
        "|voz|vozes",
    ),
    "which sounds": (
        "que|qual|quais|outros|outro|os|todos som|sons|ruído|ruídos|barulho|barulhos",
        "que|quais outros|outro|tipo sons|ruídos|som|barulhos",
        "quais são os sons|ruídos|barulhos",
        "tipo|tipos de som|sons|ruído|ruídos|barulho|barulhos",
        "sons|ruídos|barulhos há|se|existem|além|de|podem|que|tem|aparecem|ambientes|dá|são",
        "sons|ruídos|barulhos de fundo",
        "que mais se|dá|há ouve|escuta|para",
        "além da|das|de voz|vozes|fala|falas|conversa",
    ),
    "what is heard": (
        "que se ouve|escuta|ouvia",
        "que é|foi ouvido",
        "que é que se ouve|escuta",
        "que dá para|pra ouvir|escutar",
        "que se pode|consegue ouvir|escutar",
        "que pode ser ouvido",
        "que você|vocês ouve|escuta|ouvem",
        "que ouves|ouve|ouço|ouvimos",
        "que consegue|consegues|consigo ouvir",
    ),
    "which instruments": (
        "que|qual|quais instrumento|instrumentos|animal|animais|veículo|veículos|pássaros|aves"
        "|bichos",
        "quais são os instrumentos|animais|veículos",
        "tipo|tipos de instrumento|instrumentos|animal|animais|veículo|veículos",
    ),
    # When and how often
    "when": (
        "quando",
        "quando é que",
        "desde|até|de quando",
        "a partir de quando",
        "a|em|que que|horas|momento hora|horas|momento|minuto|segundo|altura|instante|ponto|parte",
        "que horas",
        "a que horas",
        "em|a|por|sobre que|qual momento|minuto|altura|hora|ponto|parte|instante",
        "a partir de que momento|minuto",
        "quanto tempo",
        "por|durante quanto tempo",
        "quanto dura|duram",
    ),
    "starts": (
        "começa|começam|começou|começar|inicia|termina|terminam|terminou|acaba|acabam|para|param"
        "|parou|cessa|passa|passam|passou|acontece|acontecem|ocorre|ocorrem|aparece|aparecem|surge"
        "|vem|vêm|toca|tocam|tocou|tocando|tocar|soa|soam|dura|duram|durou|faz|fazem|primeira"
        "|primeiro|vez|vezes|novo|novamente|alto|algum|alguma|lado|alguém|longe|perto|fundo|cai"
        "|caem|voa|sobrevoa|dispara|fora|total|presente|chega|chegam|bate|batem|está|estão|tem|há"
        "|barulho|som|ouve|ouvem|momento|lugar|distância|sobre|dá|logo|pela",
    ),
    "count": (
        "quantas vezes",
        "de quanto em quanto",
        "conte|conta|contar quantas|quantos|as|os|todas|cada",
        "número de vezes",
        "com que frequência",
    ),
    "how many": ("quantos|quantas",),
    "how many acts": (
        "quantos|quantas batidas|latidos|tosses|espirros|risos|risadas|sirenes|cliques|tiros"
        "|badaladas|buzinadas",
    ),
    "spoken of": (
        "menciona|mencionam|mencionou|mencionado|mencionada|mencionar|mencionados|mencionadas"
        "|discute"
        "|discutem|discutido|diz|dizem|disse|dito|dita|ditas|citado|citada|cita|citam|palavra|nome"
        "|comenta|comentam|referido|referida|mencionaram|disseram|referem|refere",
        "fala|falam|falou|falar|falado|falando|falaram de|do|da|dos|das|sobre|em|no|na",
        "fala|falam|falou alguém de|do|da|sobre",
        "fala|fala-se se de|do|da|sobre",
        "trata de|do|da",
    ),
    "there": (
        "há|havia|houve|tem|existe|existem",
        "ouve|ouvem|ouvir|ouves|ouviu|escuta|escutam|escutar|audível|ouvido",
        "som|ruído|barulho|sons|barulhos|ruídos de|do|da|dos|das",
        "toca|tocam|aparece|aparecem|soa",
    ),
    # What comes before and after
    "order verb": (
        "vem|vêm|passa|acontece|ocorre|ouve|ouvem|ouvir|escuta|segue|seguem|diz|dizem|disse|dito"
        "|é|foi"
        "|pode|se|logo|imediatamente|diretamente|que|o|toca|tocam|faz|há|late|latir|tem|dá|para|bem"
        "|disseram|aconteceu|a|seguir",
    ),
    "after": (
        "depois",
        "depois de|do|da|dos|das|que",
        "após",
        "segue|seguem a|ao|aos|às",
        "a seguir a|ao|aos|às|à",
    ),
    "before": ("antes", "antes de|do|da|dos|das|que", "precede|precedem"),
    "first": (
        "vem|se|é|toca|ouve|aparece primeiro|antes",
        "primeiro",
        "em primeiro lugar",
    ),
    "said": ("diz|dizem|disse|dito|palavras|frase|conta|disseram|falam|fala",),
    "recording": (RECORDING,),
    # What sort of answer is wanted, and the words by which a sentence holds one
    "asks money": ("quanto custa|custam|custou|custaram|paga|pagam", "qual é o preço", "que preço"),
    "money": (
        "euro|euros|cêntimos|dólar|dólares|real|reais|libras|custa|custam|preço|pagar|paga"
        "|grátis|gratuito|caro|barato|dinheiro",
    ),
    "label": ("número|senha|endereço|marca",),
    "sums": ("dinheiro|custa|custam|preço|pagar|paga|caro|barato",),
    "number": ("cem|cento|centos|mil|milhão|milhões|dúzia|setenta|oitenta|noventa",),
    "asks amount": (
        "quanto|quanta|quantos|quantas",
        "qual é|o|a preço|número|idade|temperatura|velocidade|altura|tamanho",
        "qual é o|a preço|número|idade|temperatura|velocidade|altura|tamanho",
    ),
    "asks time": ("que|qual|quais dia|dias|data|ano|mês",),
    "asks what": ("que",),
    "asks which": ("qual|quais",),
    "amount": (
        "cem|cento|centos|mil|milhão|milhões|dúzia|meio|meia|metade|quarto|terço|dobro|grátis"
        "|gratuito|nada|nenhum|nenhuma|todos|todas|ambos|vários|muitos|poucos|setenta|oitenta"
        "|noventa",
    ),
    "time": (
        "segunda|terça|quarta|quinta|sexta|sábado|domingo|janeiro|fevereiro|março|abril|maio|junho"
        "|julho|agosto|setembro|outubro|novembro|dezembro|primavera|verão|outono|inverno",
        "hoje|amanhã|ontem|manhã|tarde|noite|dia|dias|semana|semanas|mês|meses|ano|anos|hora|horas"
        "|minuto|minutos|logo|agora|sempre|nunca|antes|depois|desde|até|próximo|próxima|último"
        "|última|durante|quando|natal|páscoa|aniversário",
    ),
    "about only": ("sobre|de|do|da",),
    "about what": ("sobre o|a|os|as|um|uma|esta|este|essa|esse|seu|sua",),
    # What is said of all of it
    "announces": (
        "esta é a|uma",
        "bem-vindos a|ao|à",
        "hoje vamos|falamos",
        "o tema",
    ),
    # How much of it
    "points": (
        "ponto|pontos|frase|frases|linha|linhas|palavras|tópicos|parágrafo|parágrafos|coisas|itens"
        "|marcadores",
    ),
    # A range of time
    "first part": (
        "nos|nas|no|na|durante|dos|das primeiros|primeiras|primeiro|primeira",
        "os|as|o|a primeiros|primeiras|primeiro|primeira",
        "durante os|as|o|a primeiros|primeiras|primeiro|primeira",
        "nos|nas # primeiros|primeiras",
        "primeiros|primeiras",
    ),
    "last part": (
        "nos|nas|no|na|durante|dos|das últimos|últimas|último|última",
        "os|as|o|a últimos|últimas|último|última",
        "durante os|as|o|a últimos|últimas|último|última",
        "nos|nas # últimos|últimas|finais",
        "últimos|últimas",
    ),
    "from clock": (
        "após|desde",
        "depois|partir de|das|dos|do",
        "a partir de|das|dos|do",
        "após|desde as|os|o",
        "depois do minuto",
        "a partir do minuto",
    ),
    "between clocks": ("entre|de|das|dos", "entre as|os|o", "do minuto", "entre o minuto"),
    "to clock": (
        "até|e|a|às|ao|aos",
        "até|e as|às|os|o|a",
        "antes de|das|dos|do",
        "ao|até minuto",
        "até o|ao minuto",
        "antes do minuto",
    ),
}

NUMBERS = {
    word: number
    for number, word in enumerate(
        "zero um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze "
        "dezesseis dezessete dezoito dezenove vinte".split()
    )
} | {"trinta": 30, "quarenta": 40, "cinquenta": 50, "sessenta": 60, "uma": 1, "duas": 2, "par": 2}

UNITS = (
    dict.fromkeys(("segundo", "segundos", "seg", "s"), 1.0)
    | dict.fromkeys(("minuto", "minutos", "min"), 60.0)
    | dict.fromkeys(("hora", "horas", "h"), 3600.0)
)

SOUNDS = named("""\
dog: cão|cães|cachorro|cachorros|cadela|cachorra, late|latem|latir|latiu|latindo|latido|latidos
    |ladra|ladram|ladrar|uiva|auau, cão|cachorro|cães|cachorros late|latem|latindo|ladra|ladram
    |latir|ladrar, latido|latidos|ladrar de|do|um|o cão|cachorro|cães|cachorros / cachorrinho
    |filhote
cat: gato|gatos|gata, mia|miam|miar|miou|miado|miados|miau|ronrona / gatinho|gatinhos
cow: vaca|vacas|boi|bois, muge|mugem|mugido|mugidos
sheep: ovelha|ovelhas|carneiro|cordeiro|cabra|cabras, bale|balem|balido|balidos
pig: porco|porcos, grunhe|grunhido|grunhidos
hen: galinha|galinhas|frango|frangos, cacareja|cacarejo|cacarejos
rooster: galo|galos|cocoricó, galo canta|cantando, canto do galo, canta o galo
frog: sapo|sapos|rã|rãs, coaxa|coaxam|coaxar
crow: corvo|corvos|gralha|gralhas, grasna|grasnido|crocita
chirping birds: pássaro|pássaros|passarinho|passarinhos|ave|aves, chilreia|chilreiam|chilrear
    |gorjeio|gorjeia|pia|piam|trinado, pássaros|passarinhos|aves cantam|cantando|canta, canto de
    |dos pássaros|passarinhos, cantam os pássaros|passarinhos
crickets: grilo|grilos|cigarra|cigarras
insects: inseto|insetos|insecto|insectos|mosca|moscas|abelha|abelhas|mosquito|mosquitos|vespa,
    zumbido|zumbe|zumbem
owl: coruja|corujas|mocho
howling wolf: lobo|lobos, uivo|uivos, lobo uiva|uivando, uivo de|do lobo
seagull: gaivota|gaivotas
galloping horse: cavalo|cavalos|cascos|galope, relincha|relincho|galopa
animal: animal|animais|bicho|bichos
rain: chuva|chove|chovendo|chover|chovia|choveu|aguaceiro, está chovendo, está a chover
thunderstorm: trovão|trovões|trovoada|trovoadas|troveja|tempestade|relâmpago|relâmpagos
wind: vento|ventos|ventania|venta|rajada|rajadas, vento sopra, sopra o vento / sopra
sea waves: onda|ondas|mar|oceano, ondas do mar
pouring water: derrama|derramar|despeja|despejar|despejando|servindo água, água caindo|despejada /
    água
water drops: gota|gotas|goteira|pinga|pingando|pingos|gotejar, torneira pinga|pingando, gotas de
    água / água|torneira
river: rio|riacho|ribeiro|córrego, água corrente / água
crackling fire: crepita|crepitar|crepitando|estala|fogueira|lareira, fogo crepitando|crepita / fogo
laughing: ri|riem|rir|rindo|riu|riram|riso|risos|risada|risadas|gargalhada|gargalhadas
crying baby: bebê|bebés|bebês|bebé|neném, bebê|bebé|criança chora|chorando|chorar|grita, chora
    |choram|chorar|chorou|chorando|choro|soluça, choro de|do|um|da bebê|bebé|criança, chora um|o
    bebê|bebé
coughing: tosse|tossem|tossir|tossiu|tossindo|tosses|pigarreia
sneezing: espirra|espirram|espirrar|espirrou|espirro|espirros|espirrando|atchim
snoring: ronca|roncam|roncar|roncando|ronco|roncos|ressona
breathing: respira|respiram|respirar|respiração|ofega|ofegante|suspira|suspiro|suspiros
clapping: aplaude|aplaudem|aplaudir|aplauso|aplausos|palmas, bate|batem|bater|batendo palmas
footsteps: passo|passos|passadas|pisadas / anda|andam|caminha|caminhando
drinking or sipping: sorve|sorver|gole|goles|bebericar / bebe|beber
brushing teeth: escova|escovar|escovando|escovam|lava|lavar os|de dentes, escovação / dentes
door knock: bate|batem|bater|batendo|bateu|bateram|batida|batidas à|na|a|em|numa porta, batida
    |batidas na|à|a porta, toc / porta|batem|bate|batidas
door creak: range|rangem|ranger|rangido|rangidos|chia, porta range|rangendo, ranger|rangido da|de
    porta / porta
glass breaking: vidro quebra|quebrado|quebrando|partido|parte|partir, quebra|quebrar|quebrando
    |parte|partir um|o|de|do vidro|copo, vidros partidos|quebrados, estilhaços|estilhaça / vidro
    |vidros|copo
can opening: abre|abrir|abrindo|abertura uma|a|de lata|latinha, lata abrindo|aberta / lata
mouse click: clique|cliques|clica|clicar|clicando, clique|cliques do|de|no mouse|rato
keyboard typing: digita|digitam|digitando|digitar|tecla|teclado|teclas, máquina de escrever,
    escreve|escrevendo no teclado
clock tick: tique-taque|relógio, tic tac, tique taque / relógios
alarm clock: despertador|alarme|alarmes|bipe|bipes, toca o|um despertador|alarme / telefone|celular
    |telemóvel|campainha
church bells: sino|sinos|badalada|badaladas, sinos da|de|do igreja|uma, tocam os sinos / igreja
vacuum cleaner: aspirador, aspirador de pó
washing machine: máquina de lavar, lavadora
toilet flush: descarga|autoclismo, descarga do|da banheiro|vaso|privada, puxa|dá o|a|descarga
    autoclismo|descarga / vaso|sanita|banheiro
hand saw: serra|serrar|serrando|serrote
chainsaw: motosserra|motosserras
fireworks: fogos|foguete|foguetes|rojão|rojões, fogos de artifício, fogo de artifício
siren: sirene|sirenes|sirena, sirene|sirenes da|de|dos polícia|ambulância|bombeiros / ambulância
    |polícia|bombeiros
car horn: buzina|buzinas|buzinam|buzinada|buzinadas|buzinar|buzinando|buzinou, buzina de carro
train: trem|trens|comboio|comboios|locomotiva, passa um|o trem|comboio
airplane: avião|aviões|jato
helicopter: helicóptero|helicópteros
engine: motor|motores|moto|motos|motocicleta
car: / carro|carros|automóvel|caminhão|caminhões|camião
street traffic: trânsito|tráfego|tráfico / rua
vehicle: veículo|veículos
music: música|músicas|canção|canções|melodia, toca|tocando música, música tocando|toca
guitar: guitarra|guitarras|violão|violões
flute: flauta|flautas
cello: violoncelo|violoncelos
saxophone: saxofone|sax
banjo: banjo
trombone: trombone|trombones
clarinet: clarinete|clarinetes
oboe: oboé
bassoon: fagote
double bass: contrabaixo
french horn: trompa
mandolin: bandolim
singing: canta|cantam|cantar|cantando|cantou|canto
""")

CONTRACTIONS = {"q": "que", "vc": "você", "pq": "por que", "tá": "está", "to-do": "todo"}
CLITICS = {word: word for word in "se me te lhe lhes nos vos o a os as lo la".split()}

PORTUGUESE = Language(
    code="pt",
    name="Portuguese",
    function_words=FUNCTION_WORDS,
    asking_words=ASKING_WORDS,
    phrases=PHRASES,
    numbers=NUMBERS,
    units=UNITS,
    sounds=SOUNDS,
    contractions=CONTRACTIONS,
    clitics=CLITICS,
)
