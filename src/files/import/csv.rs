//! Tables with the columns `act` and `prompt`: a row a prompt, named after its act.

use super::{Batch, Imported, Options, carry, hint};
use crate::domain::{Speaker, Turn};
use ::csv::{ReaderBuilder, StringRecord};

pub(super) fn import(path: &str, text: &str, options: &Options) -> Batch {
    let mut batch = Batch::default();
    // A byte order mark marks the file, not the first column.
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => {
            batch.faults.push(format!("{path} is not a table: {error}."));
            return batch;
        }
    };
    let column = |name: &str| header.iter().position(|title| title.trim().eq_ignore_ascii_case(name));
    let (Some(act), Some(prompt)) = (column("act"), column("prompt")) else {
        batch.faults.push(format!("{path} has no columns `act` and `prompt` in its first line."));
        return batch;
    };
    let others = header.iter().enumerate().filter(|(i, _)| *i != act && *i != prompt);
    let others: Vec<_> = others.map(|(_, name)| name.trim().to_owned()).collect();
    if !others.is_empty() {
        batch.lost.push(format!("There is no place for the columns {}.", carry::quoted(&others)));
    }
    for (i, row) in reader.records().enumerate() {
        let number = i + 1;
        match row.map(|row| imported(&row, act, prompt, number, options)) {
            Ok(Some(imported)) => batch.prompts.push(imported),
            Ok(None) => batch.faults.push(format!("Row {number} of {path} has no column `prompt`.")),
            Err(error) => batch.faults.push(format!("Row {number} of {path} is broken: {error}.")),
        }
    }
    batch
}

fn imported(row: &StringRecord, act: usize, prompt: usize, number: usize, options: &Options) -> Option<Imported> {
    let (title, text) = (row.get(act).unwrap_or_default().trim(), row.get(prompt)?);
    let mut imported = Imported { name_hint: hint::from_title(title, number), ..Imported::default() };
    imported.prompt.display_name = (!title.is_empty()).then(|| title.to_owned());
    imported.version.messages = vec![Turn::Message { role: Speaker::User, content: text.into() }];
    carry::settle(&mut imported, None, options);
    Some(imported)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::one_text;

    fn import(text: &str) -> Batch {
        super::import("prompts.csv", text, &Options::default())
    }

    #[test]
    fn each_row_is_a_prompt_and_quoted_fields_keep_every_byte() {
        let text = "\u{FEFF}act,prompt,type\nLinux Terminal,\"Act as a \"\"terminal\"\".\r\n\n  ls {{x}} \",TEXT\n终端,hi,TEXT\n";
        let batch = import(text);
        assert_eq!(batch.faults, Vec::<String>::new());
        let [first, second] = &batch.prompts[..] else { panic!("{batch:#?}") };
        assert_eq!(one_text(&first.version.messages), "Act as a \"terminal\".\r\n\n  ls {{x}} ");
        assert_eq!(first.name_hint, "linux-terminal");
        assert_eq!(first.prompt.display_name.as_deref(), Some("Linux Terminal"));
        assert_eq!(batch.lost, ["There is no place for the columns `type`."]);
        assert_eq!(second.name_hint, "prompt-2");
    }

    #[test]
    fn a_broken_row_is_named_and_the_others_are_taken() {
        let batch = import("act,prompt\nA\nB,b\n");
        assert_eq!(batch.faults, ["Row 1 of prompts.csv has no column `prompt`."]);
        assert_eq!(batch.prompts.len(), 1);
        let batch = import("name;text\na;b\n");
        assert_eq!(batch.faults, ["prompts.csv has no columns `act` and `prompt` in its first line."]);
        assert_eq!(import("").faults.len(), 1);
    }
}
