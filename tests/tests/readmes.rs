//! Compares the README in both languages.

const ENGLISH: &str = include_str!("../../README.md");
const CHINESE: &str = include_str!("../../README.zh-CN.md");

/// Splits a README into its code blocks, each with its opening line, and the text around them.
fn code_and_prose(readme: &str) -> (Vec<String>, String) {
    let mut code = Vec::new();
    let mut prose = Vec::new();
    let mut lines = readme.lines();
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("```") {
            let mut block = vec![line];
            block.extend(lines.by_ref().take_while(|line| line.trim() != "```"));
            code.push(block.join("\n"));
        } else {
            prose.push(line);
        }
    }
    (code, prose.join("\n"))
}

fn code(readme: &str) -> Vec<String> {
    code_and_prose(readme).0
}

/// The levels of the headings, in order.
fn headings(readme: &str) -> Vec<usize> {
    let (_, prose) = code_and_prose(readme);
    let level = |line: &str| line.bytes().take_while(|byte| *byte == b'#').count();
    prose.lines().map(level).filter(|level| *level > 0).collect()
}

/// The targets of the links. They are sorted because a translation may change the order of a sentence.
fn links(readme: &str) -> Vec<String> {
    let (_, prose) = code_and_prose(readme);
    let mut links: Vec<_> = prose
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.to_owned())
        .filter(|target| !["README.md", "README.zh-CN.md"].contains(&target.as_str()))
        .collect();
    links.sort();
    links
}

#[test]
fn both_languages_show_the_same_code() {
    assert!(!code(ENGLISH).is_empty());
    assert_eq!(code(CHINESE), code(ENGLISH));
}

#[test]
fn both_languages_have_the_same_headings() {
    assert!(!headings(ENGLISH).is_empty());
    assert_eq!(headings(CHINESE), headings(ENGLISH));
}

#[test]
fn both_languages_have_the_same_links() {
    assert!(!links(ENGLISH).is_empty());
    assert_eq!(links(CHINESE), links(ENGLISH));
}
