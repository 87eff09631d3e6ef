"""Every phrase the bot says itself, in English: the source of the catalogues in `locales/`.

A phrase has a stable key (gettext's `msgctxt`), its English text (`msgid`) and, where a translator needs it, a note.
Placeholders are named in braces. Numbers, addresses and names of helplines come in by placeholder, so that no
translation can change them. Articles are not here: editors keep those.
"""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase."""

    #: Stable name: `group.name`.
    key: str
    #: The English text.
    text: str
    #: What a translator must know.
    note: str = ""


_NOTICE = (
    Phrase(
        "notice.first",
        "Hello. I am an automatic service run by {organisation}. I am not the Home Office. I give general information, "
        "not advice about your own case.",
    ),
    Phrase(
        "notice.privacy",
        "What you write is stored, encrypted, for {days} days. Only our trained team can read it. We may tell others only "
        "if a life or a child is in danger. To delete everything, write /delete.",
        "Keep /delete as it is.",
    ),
    Phrase("notice.telegram", "Telegram can also see what you write here. Our web chat is more private."),
    Phrase(
        "privacy.full",
        "Who can see this: only our trained team, when a person is needed. We do not give your messages to the Home "
        "Office. We may have to tell others if a life or a child is in danger.\n\nHow long: {days} days, then it is "
        "deleted. Nothing you write is used for advertising or to train other companies' systems.\n\nTo delete everything "
        "now, write /delete.",
        "Keep /delete as it is. Promise nothing that is not said here.",
    ),
)

_HELP = (
    Phrase(
        "help.start",
        "Ask me a question about life in the UK, in your own words and your own language. For example: visas, housing, "
        "work, English classes, school, health or money.",
    ),
    Phrase(
        "help.commands",
        "You can also write: /language to change language, /human to ask for a person, /privacy to see who reads this, "
        "/delete to delete everything.",
        "Keep the words with / as they are.",
    ),
    Phrase(
        "help.unknown_command",
        "I do not know that command. You can write a question, or one of these: /help /language /human /privacy /delete",
        "Keep the words with / as they are.",
    ),
    Phrase("smalltalk.greeting", "Hello. What would you like to know?"),
    Phrase("smalltalk.thanks", "You are welcome. You can ask another question at any time."),
    Phrase("smalltalk.goodbye", "Goodbye. You can come back and write here at any time."),
    Phrase("smalltalk.ok", "All right. You can ask another question at any time."),
    Phrase("feedback.thanks", "Thank you. That helps us."),
    Phrase("feedback.sorry", "I am sorry that did not help. You can ask in other words, or talk to a person."),
)

_LANGUAGE = (
    Phrase("language.ask", "Which language do you want to use?"),
    Phrase("language.changed", "I will now write in {language}.", "{language} is the language's own name."),
    Phrase("language.offer", "Is this the right language? You can change it."),
    Phrase(
        "language.not_served",
        "I think you are writing in {language}. I cannot answer in that language yet. A person can help you, or you can "
        "choose another language.",
        "{language} is the English name of a language.",
    ),
    Phrase("language.other", "Other language"),
)

_CANNOT = (
    Phrase("unsure.rephrase", "I am not sure I understood. Can you say it in other words? A short sentence is best."),
    Phrase("unsure.did_you_mean", "Do you mean one of these?"),
    Phrase("unsure.none_of_these", "None of these"),
    Phrase(
        "unsure.out_of_scope",
        "I cannot help with that. I know about life in the UK: visas, housing, work, English classes, children, health, "
        "money and safety.",
    ),
    Phrase("unsure.no_article", "I do not have a checked answer about this yet. A person in our team can help you."),
    Phrase("unsure.which_theme", "What is your question about?"),
    Phrase("unsure.ask_about", "Write your question about this in a short sentence, in your own words."),
    Phrase("media.photo", "I cannot look at photos. Tell me in words what you need, or talk to a person."),
    Phrase("media.voice", "I cannot listen to voice messages. Write your question, or talk to a person."),
    Phrase("media.location", "I do not use your location and have not kept it. Write your question in words."),
    Phrase("media.other", "I cannot read this kind of message. Write your question in words, or talk to a person."),
    Phrase("message.empty", "I could not read any words in your message. Write your question in a short sentence."),
    Phrase("message.too_long", "Your message was very long. I read only the first part of it."),
    Phrase("message.too_fast", "You are writing very fast. Wait one minute, then write again."),
    Phrase(
        "message.failed", "Sorry, something went wrong and I could not answer. I have kept your message for our team."
    ),
    Phrase("group.refused", "I only work in private chats, to protect people's privacy. Write to me directly."),
)

_ANSWER = (
    Phrase("answer.sources", "Where this comes from"),
    Phrase("answer.checked_on", "Checked on {date}"),
    Phrase("answer.next", "What to do next"),
    Phrase("answer.offer_person", "This can depend on your own situation. A person can help you with it."),
    Phrase("answer.unreviewed", "This translation has not yet been checked by a native speaker."),
    Phrase("answer.english_only", "I have this answer only in English for now."),
    Phrase("answer.general", "This is general information, not advice about your own case."),
    Phrase("answer.review_overdue", "This answer is due to be checked again. Look at the source before you act on it."),
    Phrase("answer.helpful", "Was this helpful?"),
    Phrase("button.yes", "Yes"),
    Phrase("button.no", "No"),
    Phrase("button.person", "Talk to a person"),
    Phrase("button.english", "Show in English"),
    Phrase("button.new_question", "Ask a new question"),
    Phrase("button.delete_now", "Delete this chat"),
    Phrase("button.keep", "Keep it"),
    Phrase("button.safe_yes", "Yes, I am safe"),
    Phrase("button.safe_no", "No, I am not safe"),
)

_HANDOFF = (
    Phrase("handoff.staffed", "I have passed your question to a person in our team. They will reply here {eta}."),
    Phrase(
        "handoff.staffed_no_time",
        "I have passed your question to a person in our team. They will reply here. I cannot say when.",
    ),
    Phrase(
        "handoff.unstaffed",
        "I have saved your question for our team. I cannot say when a person will read it. If it is urgent, use the "
        "phone numbers and links above, or call Citizens Advice: {number}.",
    ),
    Phrase(
        "handoff.waiting",
        "Until then I will not answer here, so that nothing gets mixed up. You can still write more details.",
    ),
    Phrase("handoff.human_only", "This needs a qualified person. I cannot answer it myself."),
    Phrase("handoff.already", "Your question is already with our team. You can write more details here."),
    Phrase("handoff.unsure", "I could not find a safe answer for you, so a person will look at your question."),
    Phrase("handoff.resolved", "Our team has closed this question. You can ask me a new question at any time."),
    Phrase("handoff.new_question", "All right. Your question stays with our team. What else would you like to know?"),
)

_DELETE = (
    Phrase("delete.confirm", "Do you want to delete everything you wrote here? It cannot be undone."),
    Phrase(
        "delete.done",
        "Everything you wrote here has been deleted from our system. Your phone may still show the old messages: you can "
        "delete this chat there too.",
    ),
    Phrase("delete.kept", "All right. Nothing was deleted."),
)

_THEMES = (
    Phrase("theme.immigration", "Visas and immigration"),
    Phrase("theme.housing", "Housing"),
    Phrase("theme.work", "Work"),
    Phrase("theme.esol", "English classes"),
    Phrase("theme.parenting", "Children and school"),
    Phrase("theme.health", "Health"),
    Phrase("theme.money", "Money and benefits"),
    Phrase("theme.community", "Community and daily life"),
    Phrase("theme.safety", "Safety"),
)

_TOPICS = (
    Phrase("topic.evisa-ukvi-account", "eVisa and UKVI account (old BRP card)"),
    Phrase("topic.share-codes", "Share codes for work, rent and benefits"),
    Phrase("topic.find-immigration-adviser", "Finding a safe, free immigration adviser"),
    Phrase("topic.extend-visa-in-time", "My visa is running out"),
    Phrase("topic.eu-settlement-scheme", "EU Settlement Scheme: late or pre-settled"),
    Phrase("topic.claim-asylum-first-steps", "Claiming asylum: the first steps"),
    Phrase("topic.refusal-and-appeal", "Refusal letters and appeal deadlines"),
    Phrase("topic.refugee-status-next-steps", "I got refugee status: what to do now"),
    Phrase("topic.family-reunion", "Bringing family to the UK"),
    Phrase("topic.no-recourse-to-public-funds", "No recourse to public funds (NRPF)"),
    Phrase("topic.settlement-ilr", "Indefinite leave to remain (settlement)"),
    Phrase("topic.sponsor-licence-or-job-lost", "My sponsor lost its licence or my job ended"),
    Phrase("topic.travel-and-travel-documents", "Travel abroad and travel documents"),
    Phrase("topic.child-nationality-and-status", "Children: born here, British or no status"),
    Phrase("topic.ukraine-hong-kong-afghan-schemes", "Ukraine, Hong Kong and Afghan schemes"),
    Phrase("topic.right-to-rent", "Right to rent checks"),
    Phrase("topic.private-renting-rules", "Renting rules since May 2026"),
    Phrase("topic.eviction-notice", "I got an eviction notice"),
    Phrase("topic.illegal-eviction", "Illegal eviction and harassment"),
    Phrase("topic.homeless-council-help", "Homeless or soon homeless: council help"),
    Phrase("topic.repairs-damp-mould", "Repairs, damp, mould and heating"),
    Phrase("topic.deposits-fees-rental-scams", "Deposits, fees and rental scams"),
    Phrase("topic.rent-increase-and-arrears", "Rent increases, arrears and help with rent"),
    Phrase("topic.asylum-accommodation-problems", "Problems in asylum accommodation"),
    Phrase("topic.leaving-asylum-accommodation", "Leaving asylum accommodation"),
    Phrase("topic.family-housing-no-public-funds", "Families with children and no public funds"),
    Phrase("topic.council-housing-and-council-tax", "Council housing, overcrowding, council tax"),
    Phrase("topic.prove-right-to-work", "Proving you can work"),
    Phrase("topic.asylum-permission-to-work", "Asylum seekers: work and volunteering"),
    Phrase("topic.national-insurance-number", "National Insurance number"),
    Phrase("topic.minimum-wage", "Minimum wage"),
    Phrase("topic.unpaid-wages", "Not paid, or money taken from wages"),
    Phrase("topic.contracts-holidays-breaks", "Contracts, holidays, breaks and shifts"),
    Phrase("topic.sick-pregnant-accident-at-work", "Sick, pregnant or hurt at work"),
    Phrase("topic.dismissal-redundancy", "Dismissed or made redundant"),
    Phrase("topic.discrimination-at-work", "Discrimination and racism at work"),
    Phrase("topic.foreign-qualifications-careers", "Foreign qualifications, CV and job search"),
    Phrase("topic.self-employment-and-tax", "Self-employment, delivery apps and tax"),
    Phrase("topic.jobseeker-training-childcare", "Training, childcare and travel to find work"),
    Phrase("topic.esol-levels", "English (ESOL) levels explained"),
    Phrase("topic.esol-level-check-and-joining", "Check your English level and join a class"),
    Phrase("topic.esol-funding", "Is the English class free?"),
    Phrase("topic.esol-asylum-seekers-refugees", "English classes for asylum seekers, refugees"),
    Phrase("topic.esol-creche-family-learning", "English classes with a crèche"),
    Phrase("topic.esol-evening-online", "Evening, weekend and online English"),
    Phrase("topic.conversation-clubs", "Conversation clubs and talking partners"),
    Phrase("topic.english-test-visa-citizenship", "English tests for visas and citizenship"),
    Phrase("topic.esol-for-work-and-exams", "English for work, exams and next steps"),
    Phrase("topic.volunteering-to-practise-english", "Volunteering to practise English"),
    Phrase("topic.esol-young-people-learning-needs", "Age 16–18, or help with learning needs"),
    Phrase("topic.school-place", "Getting a school place now"),
    Phrase("topic.school-application-deadlines", "School dates and deadlines"),
    Phrase("topic.free-childcare-hours", "Free childcare: 15 and 30 hours"),
    Phrase("topic.free-school-meals", "Free school meals"),
    Phrase("topic.healthy-start", "Healthy Start card"),
    Phrase("topic.family-hubs-health-visitors", "Family hubs and health visitors"),
    Phrase("topic.pregnancy-and-birth", "Pregnancy: care, birth and money"),
    Phrase("topic.child-benefit", "Child Benefit and Universal Credit for children"),
    Phrase("topic.send-and-disability", "Special needs (SEND) and disabled children"),
    Phrase("topic.parenting-law-and-social-workers", "Parenting rules and social workers"),
    Phrase("topic.home-language-and-bullying", "Home language, bullying, talking with school"),
    Phrase("topic.separation-and-child-travel", "Separation and taking children abroad"),
    Phrase("topic.gp-registration", "Register with a GP (doctor)"),
    Phrase("topic.nhs-111-999-pharmacy", "111, 999, pharmacy or A&E: where to go"),
    Phrase("topic.nhs-charges", "Hospital charges and your status"),
    Phrase("topic.prescriptions-dentist-hc2", "Prescriptions, dentist, eyes: help with costs"),
    Phrase("topic.mental-health-and-trauma", "Mental health and trauma (not a crisis)"),
    Phrase("topic.vaccinations-screening", "Vaccinations, baby checks and screening"),
    Phrase("topic.sexual-health", "Sexual health, contraception and HIV"),
    Phrase("topic.nhs-interpreters", "Interpreters in the NHS"),
    Phrase("topic.alcohol-drugs-gambling", "Help with alcohol, drugs, khat or gambling"),
    Phrase("topic.adult-social-care", "Older people, disability and social care"),
    Phrase("topic.universal-credit", "Universal Credit: claim and first payment"),
    Phrase("topic.public-funds-list", "What counts as public funds"),
    Phrase("topic.asylum-support", "Asylum support and the ASPEN card"),
    Phrase("topic.emergency-help-food-banks", "Emergency money and food banks"),
    Phrase("topic.bank-account", "Opening a bank account"),
    Phrase("topic.debt-bailiffs-loan-sharks", "Debt, bailiffs and loan sharks"),
    Phrase("topic.energy-water-phone-bills", "Energy, water, phone and internet bills"),
    Phrase("topic.disability-carer-benefits", "Disability and carers' benefits"),
    Phrase("topic.integration-loan-furniture", "Refugee integration loan and furniture"),
    Phrase("topic.scams", "Scams: fake calls, jobs and websites"),
    Phrase("topic.transport-costs", "Cheaper travel and everyday costs (London)"),
    Phrase("topic.libraries-free-internet", "Libraries and free internet"),
    Phrase("topic.volunteering", "Volunteering"),
    Phrase("topic.groups-and-communities", "Finding groups and people near you"),
    Phrase("topic.citizenship", "British citizenship: overview"),
    Phrase("topic.life-in-the-uk-test", "Life in the UK test"),
    Phrase("topic.voting", "Voting and civic life"),
    Phrase("topic.driving-licence", "Driving licence"),
    Phrase("topic.council-services-complaints", "Council services and complaints"),
    Phrase("topic.digital-skills-phones", "Digital skills and phones"),
    Phrase("topic.first-weeks-checklist", "First weeks in the UK: a checklist"),
    Phrase("topic.domestic-abuse", "Domestic abuse"),
    Phrase("topic.domestic-abuse-and-visa", "Domestic abuse and your visa"),
    Phrase("topic.hate-crime", "Hate crime and racist attacks"),
    Phrase("topic.modern-slavery-exploitation", "Modern slavery and exploitation"),
    Phrase("topic.suicide-self-harm-crisis", "Suicide, self-harm, mental health crisis"),
    Phrase("topic.detention-and-removal", "Immigration detention, removal or raid"),
    Phrase("topic.homeless-tonight", "Homeless tonight"),
    Phrase("topic.child-at-risk", "A child at risk"),
    Phrase("topic.fgm-forced-marriage-honour", "FGM, forced marriage, honour abuse"),
    Phrase("topic.sexual-violence", "Sexual violence"),
    Phrase("topic.police-arrest-missing-person", "Police, arrest, missing person, stalking"),
)

_SAFETY = (
    Phrase(
        "safety.automatic",
        "This is an automatic service. It is not an emergency service, and nobody may be reading this now.",
    ),
    Phrase("safety.danger_now", "If you or anyone is in danger now, call {number}. It is free."),
    Phrase(
        "safety.silent", "If you cannot speak on a mobile phone: call {number}, stay on the line and press {press}."
    ),
    Phrase("safety.interpreter", "If you need an interpreter, say the name of your language in English."),
    Phrase("safety.deaf", "If you are deaf or cannot speak: use Relay UK, dial {number}."),
    Phrase("safety.not_emergency", "To tell the police when it is not an emergency: {number}."),
    Phrase("safety.told", "I have told a person in our team. They will reply {eta}."),
    Phrase("safety.told_no_time", "I have told a person in our team. I cannot say when they will reply."),
    Phrase(
        "safety.not_told",
        "Your message is saved for our team, but I cannot say when someone will read it. Do not wait for an answer here: "
        "use the phone numbers.",
    ),
    Phrase("safety.amber", "This needs a person, not an automatic answer."),
    Phrase("safety.if_worse", "If it becomes dangerous, call {number}."),
    Phrase("safety.safe_to_chat", "Are you safe to chat now?"),
    Phrase(
        "safety.safe_yes",
        "Thank you. You can write here what you want the person to know. You do not have to give details.",
    ),
    Phrase("safety.safe_no", "Then put your safety first. Call {number} when you can. You can delete this chat now."),
    Phrase("safety.delete_hint", "If someone may look at your phone, you can delete this chat with the button below."),
    Phrase("safety.not_fault", "It is not your fault."),
    Phrase("safety.status", "You can ask for help whatever your immigration status is."),
    Phrase(
        "safety.suicide.now",
        "If you have taken something, or may hurt yourself now: call {number} or go to the hospital emergency department (A&E).",
    ),
    Phrase(
        "safety.suicide.crisis",
        "For a mental health crisis call {number} and choose option {option}. It is free, day and night.",
    ),
    Phrase(
        "safety.suicide.samaritans",
        "To talk to someone who listens, call Samaritans: {number}. It is free, day and night.",
    ),
    Phrase("safety.suicide.text", "To text in English, send the word {word} to {number}."),
    Phrase("safety.suicide.young", "If you are under 35, you can also call Papyrus: {number}."),
    Phrase("safety.suicide.with_you", "Are you alone? Is there someone who can sit with you?"),
    Phrase(
        "safety.domestic.women",
        "National Domestic Abuse Helpline, for women: {number}. Free, day and night, with interpreters.",
    ),
    Phrase("safety.domestic.men", "Men's Advice Line: {number}."),
    Phrase("safety.domestic.lgbt", "Galop, for LGBT+ people: {number}."),
    Phrase("safety.sexual.helpline", "Rape and sexual abuse support line: {number}."),
    Phrase(
        "safety.sexual.centre",
        "A sexual assault referral centre (SARC) can care for you, also if you do not want the police. Find one: {url}",
    ),
    Phrase(
        "safety.hate.report", "If it is over, you can still report it to the police: call {number}, or online: {url}"
    ),
    Phrase(
        "safety.trafficking.helpline",
        "Modern Slavery and Exploitation Helpline: {number}. You do not have to say your name.",
    ),
    Phrase("safety.trafficking.salvation", "Salvation Army helpline for people who were exploited: {number}."),
    Phrase("safety.trafficking.locked", "If you are locked in, being moved, or afraid of violence, call {number}."),
    Phrase("safety.homeless.council", "Call the council's homelessness team: {number}."),
    Phrase("safety.homeless.out_of_hours", "At night and at weekends: {number}."),
    Phrase(
        "safety.homeless.find_council", "Ask your council's homelessness team for help today. Find your council: {url}"
    ),
    Phrase("safety.homeless.shelter", "Shelter, free advice on housing: {number}."),
    Phrase("safety.homeless.streetlink", "If you or someone else is sleeping outside, tell StreetLink: {url}"),
    Phrase(
        "safety.homeless.children",
        "If you are under 18 or have children with you, also ask the council for children's services.",
    ),
    Phrase(
        "safety.child.council",
        "You can also call the council and ask for children's social care, day or night. Find your council: {url}",
    ),
    Phrase("safety.child.nspcc", "NSPCC, if you are worried about a child: {number}."),
    Phrase("safety.child.childline", "If you are under 18: Childline, {number}. It is free and private."),
    Phrase(
        "safety.forced.airport",
        "If you are at an airport or on the way: call {number}, or tell the police or border staff there.",
    ),
    Phrase("safety.forced.unit", "Forced Marriage Unit: {number}."),
    Phrase("safety.forced.karma", "Karma Nirvana, for honour abuse and forced marriage: {number}."),
    Phrase("safety.forced.fgm", "NSPCC line about cutting (FGM): {number}."),
    Phrase("safety.forced.family", "We will not contact your family."),
    Phrase(
        "safety.detention.lawyer",
        "Try to speak to an immigration lawyer today. In a detention centre, ask for Detention Duty Advice. It is free.",
    ),
    Phrase("safety.detention.bid", "Bail for Immigration Detainees: {number}."),
    Phrase("safety.detention.action", "Detention Action: {number}."),
    Phrase(
        "safety.detention.keep",
        "Write down: the name of the centre, any Home Office reference number, and the time of any flight.",
    ),
    Phrase(
        "safety.medical.call",
        "Call {number} now and ask for an ambulance. Say where you are. Do what the person on the phone tells you.",
    ),
    Phrase(
        "safety.medical.unsure", "If you are not sure it is an emergency, call {number}. It is free, day and night."
    ),
    Phrase(
        "safety.adult.council",
        "The council's adult social care team can help to keep an adult safe. Find your council: {url}",
    ),
    Phrase(
        "safety.threat.person", "If you are worried about what someone may do, or what you may do, tell a person now."
    ),
)

_WEB = (
    Phrase("web.title", "Waypost chat"),
    Phrase("web.input", "Write your message"),
    Phrase("web.send", "Send"),
    Phrase("web.check", "Check for new messages"),
    Phrase("web.log", "Messages"),
    Phrase("web.you", "You"),
    Phrase("web.bot", "Automatic answer"),
    Phrase("web.adviser", "Adviser"),
    Phrase("web.leave", "Leave this page quickly"),
    Phrase(
        "web.leave_hint",
        "Leaving quickly clears this chat from the screen. Your browser history may still show that you were here.",
    ),
    Phrase("web.offline", "The connection was lost. Your message is kept here and will be sent again."),
    Phrase("web.choices", "Choose an answer"),
    Phrase("web.skip", "Skip to the message box"),
    Phrase("web.session_ended", "This chat has ended. Start a new one to ask a question."),
    Phrase("web.start_again", "Start a new chat"),
)

_COMMANDS = (
    Phrase("command.start", "Start"),
    Phrase("command.help", "What I can do"),
    Phrase("command.language", "Change language"),
    Phrase("command.human", "Talk to a person"),
    Phrase("command.privacy", "Who can see this"),
    Phrase("command.delete", "Delete everything"),
)

#: Every phrase by its key, in reading order.
PHRASES: MappingProxyType[str, Phrase] = MappingProxyType(
    {
        phrase.key: phrase
        for group in (
            _NOTICE,
            _HELP,
            _LANGUAGE,
            _CANNOT,
            _ANSWER,
            _HANDOFF,
            _DELETE,
            _THEMES,
            _TOPICS,
            _SAFETY,
            _WEB,
            _COMMANDS,
        )
        for phrase in group
    }
)
