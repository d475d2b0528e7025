//! Texts in every script are found as their readers would look for them.

use super::shelf::{Shelf, prompt};
use proptest::prelude::*;

fn finds(text: &str, question: &str) -> bool {
    let shelf = Shelf::of([prompt("one", text), prompt("other", "something else altogether")]);
    let found = shelf.find(question);
    found.hits.iter().any(|hit| hit.name.as_str() == "one") && !found.is_corrected
}

#[test]
fn scripts_without_spaces_are_found_by_single_characters_and_by_words_within_longer_runs() {
    for (text, questions) in [
        (
            "请用三句话总结客户的工单，不要编造数字。",
            &["总", "总结", "客户", "工单", "不要编造", "三句话总结客户", "字"][..],
        ),
        (
            "お客様の問い合わせを要約してください。ﾃｷｽﾄはカタカナです。",
            &["要約", "客", "問い合わせ", "テキスト", "ｶﾀｶﾅ", "カタカナ"],
        ),
        ("고객의 문의를 세 문장으로 요약하세요.", &["고객", "요약", "문의", "세"]),
        ("ช่วยสรุปข้อความของลูกค้าเป็นสามประโยค", &["สรุป", "ลูกค้า", "ข้อความ", "ก"]),
        ("GPT模型が3件を選ぶ", &["gpt模型", "模型", "3件", "GPT"]),
    ] {
        for question in questions {
            assert!(finds(text, question), "{question} in {text}");
        }
    }
    for (text, question) in [("总结客户", "客总"), ("总结客户", "结总"), ("東京都", "京東"), ("สรุป", "รส")]
    {
        assert!(!finds(text, &format!("\"{question}\"")), "{question} in {text}");
    }
}

#[test]
fn arabic_hebrew_and_hindi_are_found_with_and_without_their_points() {
    for (text, questions) in [
        (
            "لخّص تَذْكِرَة الدعم للعميل في ثلاث جُمَل، وأعد الـرد إلى آخره",
            &["تذكرة", "تذكره", "جمل", "لخص", "الرد", "اخره", "واعد"][..],
        ),
        ("متن فارسی برای کاربر", &["فارسي", "كاربر", "فارسی"]),
        ("סַכֵּם אֶת הַפְּנִיָּה בשלושה משפטים", &["סכם", "הפניה", "משפטים"]),
        ("ग्राहक के टिकट का सारांश तीन वाक्यों में लिखें", &["ग्राहक", "टिकट", "सारांश", "वाक्यों"]),
    ] {
        for question in questions {
            assert!(finds(text, question), "{question} in {text}");
        }
    }
}

#[test]
fn accents_case_ligatures_and_full_width_forms_do_not_matter() {
    for (text, questions) in [
        (
            "Résumé für die Straße in Łódź, naïve façade",
            &["resume", "FUR", "strasse", "STRASSE", "lodz", "naive", "façade"][..],
        ),
        ("re\u{301}sume\u{301}", &["résumé", "resume"]),
        ("ＧＰＴ－４ ﬁnal", &["gpt", "4", "final"]),
        ("Ёлка и Ζεύς ΣΟΦΟΣ", &["елка", "ёлка", "ζευς", "σοφος", "ΣΟΦΌΣ"]),
        ("İstanbul ısı", &["istanbul", "isi"]),
        ("dü\u{ad}rr und a\u{200d}b", &["durr", "ab"]),
    ] {
        for question in questions {
            assert!(finds(text, question), "{question} in {text}");
        }
    }
}

#[test]
fn runs_without_an_end_are_read_in_bounded_pieces() {
    let letters = "ab".repeat(50_000);
    let scores = "e_".repeat(50_000);
    let marks = format!("f{}", "\u{301}".repeat(30_000));
    let han = "汉".repeat(30_000);
    let humps = "cD".repeat(50_000);
    let shelf = Shelf::of(
        [&letters, &scores, &marks, &han, &humps]
            .into_iter()
            .enumerate()
            .map(|(i, text)| prompt(&format!("long-{i}"), text)),
    );
    assert_eq!(shelf.find("汉汉").total, 1);
    assert_eq!(shelf.find(&letters).total, 1);
    assert!(shelf.find(&marks).total >= 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_is_indexed_and_found_by_a_word_of_its_own(text in "\\PC{0,60}", other in "\\PC{0,20}") {
        let shelf = Shelf::of([prompt("one", &text), prompt("other", "else")]);
        shelf.find(&other);
        let word = text.split_whitespace().find(|word| word.chars().all(|c| c.is_alphabetic() && c.is_lowercase()));
        if let Some(word) = word {
            prop_assert!(shelf.names(word).contains("one"), "{word:?} in {text:?}");
        }
        for snippet in shelf.find(&text).hits.into_iter().flat_map(|hit| hit.snippets) {
            for mark in &snippet.marks {
                prop_assert!(snippet.text.get(mark.clone()).is_some_and(|marked| !marked.is_empty()), "{snippet:?}");
            }
        }
    }
}
