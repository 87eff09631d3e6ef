"""Understanding a whole message: danger first, in any language; then the language; then the topic."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ContentError
from core.locales import SERVED
from core.themes import Danger, Level, Theme
from knowledge.topics import load_topics
from nlu.language import Decision
from nlu.understand import Understander, Utterance, reply_locale

#: Plain questions, written for this test and never trained on.
QUESTIONS = {
    "en": [
        ("health", "my daughter has a fever, which doctor's office can we join near our house"),
        ("housing", "black mould is growing in our bedroom and the owner does nothing"),
        ("work", "the restaurant owes me three weeks of pay"),
        ("parenting", "how can my son start at primary school in the middle of the year"),
        ("esol", "is there a beginners English course in the evening"),
        ("money", "I want to claim universal credit for the first time"),
        ("immigration", "where do I find my share code to show my status"),
        ("community", "where can I borrow books and use a computer for free"),
    ],
    "pl": [
        ("health", "jak zapisać mamę do przychodni, żeby miała lekarza rodzinnego"),
        ("housing", "właściciel nie chce naprawić pieca, w pokoju jest zimno i wilgotno"),
        ("work", "szef nie wypłacił mi pensji za ostatni miesiąc"),
        ("parenting", "jak zapisać syna do podstawówki w trakcie roku"),
        ("esol", "szukam darmowego kursu angielskiego dla początkujących"),
        ("money", "jak złożyć wniosek o universal credit pierwszy raz"),
        ("immigration", "skąd wziąć share code, żeby pokazać swój status"),
        ("community", "gdzie mogę pożyczyć książki i skorzystać z komputera za darmo"),
    ],
    "ro": [
        ("health", "cum îmi găsesc un medic de familie aproape de casă"),
        ("housing", "proprietarul nu repară caldura și avem mucegai pe pereți"),
        ("work", "patronul nu mi-a dat salariul pe luna trecută"),
        ("parenting", "cum îmi înscriu fetița la școala primară în timpul anului"),
        ("esol", "caut un curs gratuit de engleză pentru începători"),
        ("money", "cum fac cerere pentru universal credit prima dată"),
        ("immigration", "de unde iau un share code ca să arăt statutul meu"),
        ("community", "unde pot împrumuta cărți și folosi un calculator gratis"),
    ],
    "ar": [
        ("health", "كيف اسجل امي عند طبيب عام قريب من البيت"),
        ("housing", "صاحب البيت ما بيصلح التدفئة وفي عفن على الحيطان"),
        ("work", "المدير ما دفعلي راتب الشهر الماضي"),
        ("parenting", "كيف اسجل ابني بمدرسة ابتدائية بنص السنة"),
        ("esol", "بدي دورة انجليزي مجانية للمبتدئين"),
        ("money", "كيف اقدم على يونيفرسال كريديت لاول مرة"),
        ("immigration", "من وين بجيب شير كود لاثبت وضعي"),
        ("community", "وين فيني استعير كتب واستخدم كمبيوتر ببلاش"),
    ],
    "bn": [
        ("health", "বাসার কাছে জিপি ডাক্তারের কাছে আম্মাকে কিভাবে রেজিস্টার করব"),
        ("housing", "বাড়িওয়ালা হিটার ঠিক করে না, দেয়ালে ছত্রাক পড়েছে"),
        ("work", "মালিক আমার গত মাসের বেতন দেয়নি"),
        ("parenting", "বছরের মাঝখানে ছেলেকে প্রাইমারি স্কুলে ভর্তি করব কিভাবে"),
        ("esol", "নতুনদের জন্য ফ্রি ইংরেজি কোর্স খুঁজছি"),
        ("money", "প্রথমবার ইউনিভার্সাল ক্রেডিট আবেদন কিভাবে করব"),
        ("immigration", "আমার স্ট্যাটাস দেখানোর জন্য শেয়ার কোড কোথায় পাব"),
        ("community", "কোথায় ফ্রি বই ধার নিতে আর কম্পিউটার ব্যবহার করতে পারি"),
    ],
    "es": [
        ("health", "cómo apunto a mi madre con un médico de cabecera cerca de casa"),
        ("housing", "el casero no arregla la calefacción y hay moho en la pared"),
        ("work", "el jefe no me ha pagado el sueldo del mes pasado"),
        ("parenting", "cómo inscribo a mi hijo en la primaria a mitad de curso"),
        ("esol", "busco un curso gratis de inglés para principiantes"),
        ("money", "cómo pido el universal credit por primera vez"),
        ("immigration", "de dónde saco un share code para mostrar mi estatus"),
        ("community", "dónde puedo sacar libros prestados y usar un ordenador gratis"),
    ],
}
DANGERS = [
    ("chcę się zabić", Danger.SUICIDE_SELF_HARM),
    ("I want to kill myself", Danger.SUICIDE_SELF_HARM),
    ("soțul meu mă bate", Danger.DOMESTIC_ABUSE),
    ("زوجي يضربني", Danger.DOMESTIC_ABUSE),
    ("আমার স্বামী আমাকে মারে", Danger.DOMESTIC_ABUSE),
    ("mi marido me pega", Danger.DOMESTIC_ABUSE),
]


@pytest.mark.parametrize("language", SERVED)
def test_plain_questions_get_their_theme_and_language_and_no_alarm(understander: Understander, language: str) -> None:
    understood = [(want, text, understander.understand(Utterance(text))) for want, text in QUESTIONS[language]]

    assert [(want, text, found.theme) for want, text, found in understood if found.theme != want] == []
    assert [text for _, text, found in understood if found.language.tag != language] == []
    assert [(text, found.urgency.rule) for _, text, found in understood if found.urgency.category] == []


@pytest.mark.parametrize(("text", "danger"), DANGERS)
def test_danger_is_found_whatever_language_is_remembered(understander: Understander, text: str, danger: Danger) -> None:
    for remembered in (None, *SERVED):
        found = understander.understand(Utterance(text, remembered=remembered, hint=remembered))
        assert (found.urgency.category, found.urgency.level) == (danger, Level.RED)


@pytest.mark.parametrize(("text", "danger"), DANGERS)
@pytest.mark.parametrize(
    "around", ["Доброго дня. {} Що мені робити?", "{} مجھے بتائیں میں کیا کروں", "bonjour monsieur, {}"]
)
def test_danger_is_found_inside_a_language_that_nobody_serves(
    understander: Understander, text: str, danger: Danger, around: str
) -> None:
    assert understander.understand(Utterance(around.format(text))).urgency.category is danger


@pytest.mark.parametrize("text", ["hello", "dzień dobry", "bună ziua", "السلام عليكم", "হ্যালো", "buenos días"])
def test_a_greeting_is_about_the_service(understander: Understander, text: str) -> None:
    found = understander.understand(Utterance(text))

    assert (found.service, found.topic, found.theme) == ("greeting", None, None)
    assert found.urgency.category is None


@pytest.mark.parametrize(
    "text", ["can I talk to a human please", "chcę rozmawiać z człowiekiem", "quiero hablar con una persona"]
)
def test_a_wish_for_a_person_is_about_the_service(understander: Understander, text: str) -> None:
    assert understander.understand(Utterance(text)).service == "talk-to-a-person"


@pytest.mark.parametrize(
    "text", ["what will the weather be on Sunday", "kto wygrał wczoraj mecz", "cuéntame un chiste"]
)
def test_what_waypost_does_not_know_is_other_and_no_topic(understander: Understander, text: str) -> None:
    found = understander.understand(Utterance(text))

    assert (found.theme, found.topic) == ("other", None)


@pytest.mark.parametrize(
    "text", ["मुझे अपनी बेटी के लिए डॉक्टर चाहिए", "Ich suche einen Arzt für meine Tochter", "我想给女儿找医生"]
)
def test_nothing_is_guessed_about_a_language_no_model_has_seen(understander: Understander, text: str) -> None:
    found = understander.understand(Utterance(text))

    assert (found.theme, found.topic, found.service, found.near) == (None, None, None, ())
    assert found.language.decision is Decision.ASK


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters()), known=st.sampled_from([None, *SERVED]))
def test_any_text_is_understood_and_twice_alike(understander: Understander, text: str, known: str | None) -> None:
    utterance = Utterance(text, remembered=known)
    found = understander.understand(utterance)

    assert found == understander.understand(utterance)
    assert found.theme in {*Theme, "other", None}
    assert found.topic is None or understander.topics[found.topic] == found.theme
    assert found.topic is None or found.service is None
    assert len(found.near) <= 3
    assert set(found.near) <= set(understander.topics)


def test_every_topic_of_the_model_is_a_topic_of_the_starter_set(understander: Understander) -> None:
    assert understander.topics == {slug: topic.theme for slug, topic in load_topics().items()}


@pytest.mark.parametrize(
    ("remembered", "hint", "text", "locale"),
    [
        ("pl", "ro", "where is the doctor", "pl"),
        (None, "ro", "where can I find a doctor for my daughter", "en"),
        (None, "ro", "Привіт", "ro"),
        (None, None, "Привіт", "en"),
    ],
)
def test_the_language_of_the_reply(
    understander: Understander, remembered: str | None, hint: str | None, text: str, locale: str
) -> None:
    found = understander.understand(Utterance(text, remembered, hint))

    assert reply_locale(found, remembered, hint) == locale


def test_waypost_does_not_understand_without_its_rules(tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = tmp_path_factory.mktemp("nothing")

    with pytest.raises(ContentError, match="no danger rules"):
        Understander.load(empty, danger=empty)
