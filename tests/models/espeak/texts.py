"""What the shaped voice says to be measured: twenty-four sentences in three languages."""

# ruff: noqa: RUF001

ENGLISH = (
    "I would like a large coffee with milk.",
    "The weather is nice this afternoon.",
    "She walked slowly along the river.",
    "We are going to the market tomorrow.",
    "Can you tell me about your family?",
    "The train leaves at half past nine.",
    "He opened the door and looked around.",
    "They have been working here for many years.",
)
MANDARIN = (
    "你好，我想要一杯大杯的拿铁。",
    "今天天气很好。",
    "我们一起去公园吧。",
    "请问现在几点了？",
    "他昨天买了一本新书。",
    "我不知道他在哪里。",
    "她的妹妹住在北京。",
    "火车九点半开。",
)
GERMAN = (
    "Guten Morgen, wie kann ich Ihnen helfen?",
    "Das Wetter ist heute sehr schön.",
    "Wir gehen morgen zusammen in die Stadt.",
    "Der Zug fährt um halb neun ab.",
    "Meine Schwester wohnt in einem kleinen Dorf.",
    "Kannst du bitte das Fenster schließen?",
    "Er hat gestern ein neues Buch gekauft.",
    "Ich möchte einen großen Kaffee mit Milch.",
)
LANGUAGES = {"en-us": ENGLISH, "cmn": MANDARIN, "de": GERMAN}
