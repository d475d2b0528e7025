//! Plain text and Markdown: a file a prompt, named after its path.

use super::{Format, Imported, Options, carry, hint};
use crate::domain::{Speaker, Turn};

pub(super) fn import(path: &str, text: &str, options: &Options) -> Imported {
    let mut imported = Imported { name_hint: hint::from_path(Format::Text, path), ..Imported::default() };
    imported.version.messages = vec![Turn::Message { role: Speaker::User, content: text.into() }];
    carry::settle(&mut imported, None, options);
    imported
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Engine, one_text};

    #[test]
    fn every_byte_of_the_file_is_the_text() {
        for text in ["", "\u{FEFF}a\r\n\tb ", "Use {{braces}} and \\{{more}}.\n"] {
            let imported = import("a/b.md", text, &Options::default());
            assert_eq!(one_text(&imported.version.messages), text);
            assert_eq!(imported.name_hint, "a-b");
            let engine = if text.contains("{{") { Engine::None } else { Engine::Handlebars };
            assert_eq!(imported.version.engine, engine);
        }
    }

    #[test]
    fn as_a_template_its_variables_are_declared() {
        let options = Options { literal: false, ..Options::default() };
        let imported = import("a.txt", "Hi {{name}}{{#if title}}, {{title}}{{/if}}! {{> foot}}", &options);
        assert_eq!(imported.version.engine, Engine::Handlebars);
        assert_eq!(imported.partials, ["foot"]);
        insta::assert_json_snapshot!(imported.version.input_schema, @r#"
        {
          "type": "object",
          "required": [
            "name",
            "foot"
          ],
          "properties": {
            "name": {
              "type": "string"
            },
            "title": {
              "type": "string"
            },
            "foot": {
              "type": "string"
            }
          }
        }
        "#);
    }
}
