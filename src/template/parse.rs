//! The check of one text: a single pass that finds tags, faults, variables and partials, and never fails.

use super::{
    cursor::{Read, fault},
    expression::{Reader, known, short},
    parsed::{MarkerUse, Parsed, PartialUse, TemplateFault, Use, VariableUse},
    tree::{Expr, Kind, Sink, Tag},
    words,
};
use crate::domain::{Limits, Span};

/// The most faults that are told of one text.
const FAULTS: usize = 20;
/// The longest tag in bytes, comments excepted.
const TAG_BYTES: usize = 4096;
/// The deepest nesting, whatever the settings say: rendering uses the stack.
pub const DEPTH: usize = 100;

/// Checks one text of a version whose engine is handlebars.
///
/// Takes time in proportion to the text, answers at most 20 faults, and never fails. Where there are none, the text
/// compiles, unless what it includes is at fault or the whole is too large. Of `limits`, the bytes of a file and the
/// tags and depth of a template count.
#[must_use]
pub fn parse(text: &str, limits: &Limits) -> Parsed {
    feed(text, limits, &mut ())
}

/// As [`parse`], and hands on what is read.
pub(super) fn feed<'a>(text: &'a str, limits: &Limits, sink: &mut impl Sink<'a>) -> Parsed {
    let mut parser = Parser {
        reader: Reader::new(text),
        parsed: Parsed::default(),
        limits,
        sink,
        stopped: false,
        broken: Vec::new(),
    };
    if text.len() > limits.file_bytes {
        let message = format!("this text is longer than {} bytes", limits.file_bytes);
        parser.parsed.faults.push(fault(0, 0, message, "split it into partials, or raise limits.file_bytes"));
        return parser.parsed;
    }
    parser.run();
    parser.parsed
}

struct Parser<'a, 'b, S> {
    reader: Reader<'a>,
    parsed: Parsed,
    limits: &'b Limits,
    sink: &'b mut S,
    /// Whether nothing more is read.
    stopped: bool,
    /// The names of blocks whose opening tags are faulty: their ends are no faults.
    broken: Vec<&'a str>,
}

impl<'a, S: Sink<'a>> Parser<'a, '_, S> {
    fn run(&mut self) {
        let text = self.reader.cursor.text;
        // `start`: the first byte of text not handed on; `search`: where the next braces may be.
        let (mut start, mut search) = (0, 0);
        while let Some(found) = text[search..].find("{{") {
            let open = search + found;
            let slashes = text.as_bytes()[start..open].iter().rev().take_while(|b| **b == b'\\').count();
            self.sink.text(&text[start..open - usize::from(slashes > 0)]);
            if slashes == 1 {
                start = open;
                search = if text[open + 2..].starts_with("{{") { open + 4 } else { open + 2 };
                continue;
            }
            self.one(open);
            start = self.reader.cursor.at;
            search = start;
            if self.stopped || self.parsed.faults.len() >= FAULTS {
                return;
            }
        }
        self.sink.text(&text[start..]);
        self.unclosed_blocks();
    }

    /// One tag; afterwards the cursor is behind it, whatever it held.
    fn one(&mut self, open: usize) {
        self.reader.cursor.at = open;
        self.reader.cursor.tag = open;
        self.reader.uses.clear();
        self.parsed.tags += 1;
        let result = self.tag(open).and_then(|tag| self.accept(tag));
        if let Err(fault) = result {
            self.parsed.faults.push(fault);
            self.reader.cursor.recover();
            self.remember(open);
        }
    }

    /// Remembers the name of a block whose opening tag is faulty.
    fn remember(&mut self, open: usize) {
        let tag = self.reader.cursor.text[open + 2..self.reader.cursor.at].trim_start_matches('~');
        if tag.starts_with(['#', '^']) {
            let name = tag.trim_start_matches(['#', '^', '*', '>', ' ']);
            let end = name.find(|c: char| c.is_whitespace() || matches!(c, '}' | '~')).unwrap_or(name.len());
            self.broken.push(&name[..end]);
        }
    }

    fn tag(&mut self, open: usize) -> Read<Tag<'a>> {
        if self.parsed.tags > self.limits.template_tags {
            self.stopped = true;
            let message = format!("there are more than {} tags", self.limits.template_tags);
            return Err(fault(open, open + 2, message, "split the text into partials, or raise limits.template_tags"));
        }
        let cursor = &mut self.reader.cursor;
        if cursor.eat("{{{{") {
            while cursor.eat("{") {}
            let (end, help) = (cursor.at, "write \\{{ for braces that are meant as text");
            return Err(fault(open, end, "raw blocks are not supported", help));
        }
        cursor.at += 2;
        if cursor.eat("!") {
            return self.comment(open);
        }
        let before = cursor.eat("~");
        let kind = self.kind(open)?;
        self.reader.cursor.space();
        let cursor = &mut self.reader.cursor;
        let after = cursor.eat("~");
        if !cursor.eat("}}") {
            return Err(cursor.unexpected("}}"));
        }
        let span = Span::new(open, cursor.at);
        if span.end - span.start > TAG_BYTES {
            let message = format!("this tag is longer than {TAG_BYTES} bytes");
            return Err(fault(open, open + 2, message, "pass the value as a variable"));
        }
        Ok(Tag { span, before, after, kind })
    }

    fn comment(&mut self, open: usize) -> Read<Tag<'a>> {
        let cursor = &mut self.reader.cursor;
        let end = if cursor.rest().starts_with("--") { "--}}" } else { "}}" };
        let Some(length) = cursor.rest().find(end) else {
            cursor.at = cursor.text.len();
            let help = format!("end it with {end}");
            return Err(fault(open, open + 3, "this comment is never closed", help));
        };
        let body = &cursor.rest()[..length];
        cursor.at += length + end.len();
        if body.contains("--~}}") || (end == "}}" && body.ends_with('~')) {
            let help = "write the comment without ~, and ~ at the tag beside it";
            return Err(fault(open, open + 3, "~ is not understood at the end of a comment", help));
        }
        Ok(Tag { span: Span::new(open, cursor.at), before: false, after: false, kind: Kind::Comment })
    }

    /// What kind of tag it is, up to its closing braces.
    fn kind(&mut self, open: usize) -> Read<Kind<'a>> {
        let cursor = &mut self.reader.cursor;
        let here = cursor.at;
        let refuse = |message: &str, help: &str| Err(fault(open, here + 1, message, help));
        match cursor.byte() {
            Some(b'#') => self.open(),
            Some(b'/') => self.close(),
            Some(b'>') => self.partial(),
            Some(b'^') => self.caret(open),
            Some(b'!') => refuse("a comment cannot begin with ~", "write the ~ at the tag beside it"),
            Some(b'*') => refuse("decorators are not supported", "remove this tag"),
            Some(b'{') => {
                cursor.at += 1;
                let printed = self.reader.printed()?;
                self.reader.cursor.space();
                let cursor = &mut self.reader.cursor;
                if !cursor.eat("}") {
                    return Err(cursor.unexpected("}}}"));
                }
                if cursor.byte() == Some(b'}') && cursor.byte_after(1) != Some(b'}') {
                    let help = "write as many braces at its end as at its beginning";
                    return Err(fault(open, here + 1, "this tag opens with three braces and closes with two", help));
                }
                Ok(Kind::Output(printed))
            }
            Some(b'&') => {
                cursor.at += 1;
                self.reader.printed().map(Kind::Output)
            }
            _ => self.other(),
        }
    }

    /// `{{else}}`, `{{else if …}}`, or something printed.
    fn other(&mut self) -> Read<Kind<'a>> {
        let cursor = &mut self.reader.cursor;
        cursor.space();
        let start = cursor.at;
        if cursor.name() != "else" || matches!(cursor.byte(), Some(b'.' | b'/' | b'=' | b'[')) {
            cursor.at = start;
            if let Some(sign @ (b'#' | b'/' | b'>' | b'^' | b'!' | b'*' | b'&' | b'~')) = cursor.byte() {
                let message = format!("there is a space before `{}`", char::from(sign));
                return Err(fault(cursor.tag, start + 1, message, "write the sign directly behind the braces"));
            }
            return self.reader.printed().map(Kind::Output);
        }
        self.else_branch(start)
    }

    fn else_branch(&mut self, start: usize) -> Read<Kind<'a>> {
        let after = self.reader.cursor.at;
        match self.reader.scopes.blocks.last() {
            _ if !self.broken.is_empty() => {
                self.reader.cursor.recover();
                self.reader.cursor.at -= 2;
                return Ok(Kind::Comment);
            }
            None => {
                return Err(fault(
                    start,
                    after,
                    "`else` stands outside of a block",
                    "open one with {{#if …}} before it",
                ));
            }
            Some(block) if block.inverse => {
                return Err(fault(
                    start,
                    after,
                    "this block has an `else` already",
                    "write {{else if …}} before the last {{else}}",
                ));
            }
            Some(_) => {}
        }
        self.reader.cursor.space();
        if matches!(self.reader.cursor.byte(), Some(b'}' | b'~') | None) {
            return Ok(Kind::Else);
        }
        // The condition belongs to the scope around the block, not to the branch before.
        let at = self.reader.cursor.at;
        let name = self.reader.cursor.name();
        if name.is_empty() {
            return Err(self.reader.cursor.unexpected("}} or a block such as if"));
        }
        let word = known(name, at, true)?;
        self.reader.scopes.inverse();
        self.reader.call(word, at).map(Kind::ElseIf)
    }

    fn caret(&mut self, open: usize) -> Read<Kind<'a>> {
        let start = self.reader.cursor.at;
        self.reader.cursor.at += 1;
        self.reader.cursor.space();
        if matches!(self.reader.cursor.byte(), Some(b'}' | b'~')) {
            return self.else_branch(start);
        }
        let help = "write {{#unless name}}…{{/unless}}";
        Err(fault(open, start + 1, "sections that begin with ^ are not supported", help))
    }

    fn open(&mut self) -> Read<Kind<'a>> {
        let cursor = &mut self.reader.cursor;
        cursor.at += 1;
        let refuse = match cursor.byte() {
            Some(b'*') => Some((
                "inline partials are not supported",
                "make the text a prompt of its own, and include it by {{> name}}",
            )),
            Some(b'>') => Some(("blocks of partials are not supported", "include the text by {{> name}}")),
            _ => None,
        };
        if let Some((message, help)) = refuse {
            return Err(fault(cursor.tag, cursor.at + 1, message, help));
        }
        cursor.space();
        let start = cursor.at;
        let name = cursor.name();
        let next = cursor.byte();
        let alone = matches!(cursor.rest().trim_start().as_bytes().first(), Some(b'}' | b'~'));
        let path = matches!(next, Some(b'.' | b'/' | b'[' | b'@'));
        if path
            || name.is_empty()
            || name == "this"
            || (alone && words::find(name).is_none() && words::nearest(name).is_none())
        {
            if name.is_empty() && !path {
                return Err(cursor.unexpected("a block such as if or each"));
            }
            let rest = &cursor.text[start..];
            let written =
                &rest[..rest.find(|c: char| c.is_whitespace() || matches!(c, '}' | '~')).unwrap_or(rest.len())];
            let end = start + written.len();
            let written = short(written);
            let message = format!("`{written}` is a variable, not a block");
            let help = format!("write {{{{#if {written}}}}} for a condition, {{{{#each {written}}}}} for a list");
            return Err(fault(start, end, message, help));
        }
        let word = known(name, start, true)?;
        self.reader.call(word, start).map(Kind::Open)
    }

    fn close(&mut self) -> Read<Kind<'a>> {
        let cursor = &mut self.reader.cursor;
        cursor.at += 1;
        cursor.space();
        let start = cursor.at;
        let length = cursor.rest().find(|c: char| c.is_whitespace() || matches!(c, '}' | '~' | '{'));
        cursor.at += length.unwrap_or(cursor.rest().len());
        let (name, end) = (&cursor.text[start..cursor.at], cursor.at);
        if self.broken.last() == Some(&name) {
            self.broken.pop();
            return Ok(Kind::Comment);
        }
        let Some(block) = self.reader.scopes.blocks.last() else {
            let message = format!("no block is open that `/{}` could close", short(name));
            return Err(fault(start, end, message, "remove it, or open the block before it"));
        };
        let expected = block.word.name;
        if expected == name {
            return Ok(Kind::Close(block.word));
        }
        // What it closes counts as closed, or everything after would be a fault too.
        let blocks = &self.reader.scopes.blocks;
        let opened = block.open.start;
        let outer = blocks.iter().rev().position(|block| block.word.name == name);
        let (message, help) = match outer {
            Some(_) => (
                format!("`#{expected}` is still open where `/{name}` stands"),
                format!("write {{{{/{expected}}}}} before it, for the block that opens at byte {opened}"),
            ),
            None => (
                format!("`/{}` stands where `/{expected}` is expected", short(name)),
                format!("write {{{{/{expected}}}}}, for the block that opens at byte {opened}"),
            ),
        };
        let inner = outer.unwrap_or_default();
        (0..=inner).for_each(|_| self.reader.scopes.close());
        Err(fault(start, end, message, help))
    }

    fn partial(&mut self) -> Read<Kind<'a>> {
        let cursor = &mut self.reader.cursor;
        cursor.at += 1;
        cursor.space();
        let start = cursor.at;
        let name = match cursor.byte() {
            Some(b'(') => {
                let help = "name the partial itself: what is included must be known before rendering";
                return Err(fault(start, start + 1, "partials chosen by an expression are not supported", help));
            }
            Some(quote @ (b'"' | b'\'')) => cursor.quoted(quote)?,
            _ => {
                while !cursor.name().is_empty() || cursor.eat(".") || cursor.eat("/") || cursor.eat("@") {}
                &cursor.text[start..cursor.at]
            }
        };
        let span = Span::new(start, cursor.at);
        if name.is_empty() {
            return Err(cursor.unexpected("the name of a partial"));
        }
        if name.starts_with('@') {
            return Err(fault(
                start,
                span.end,
                "blocks of partials are not supported",
                "include the text by {{> name}}",
            ));
        }
        let (mut args, hash, _) = self.reader.arguments(Use::Argument, false)?;
        if args.len() > 1 {
            let help = "give one value, or values by name: {{> greeting name=user}}";
            return Err(fault(start, span.end, "a partial takes one value", help));
        }
        let context = args.pop();
        let sees_input = context.is_none() && self.reader.scopes.at_root();
        let given = hash.iter().map(|(name, _)| (*name).to_owned()).collect();
        self.parsed.partials.push(PartialUse { name: name.to_owned(), span, sees_input, given });
        Ok(Kind::Partial { name, context, hash })
    }

    /// Takes in a tag that is whole: its variables, its scope, its block.
    fn accept(&mut self, tag: Tag<'a>) -> Read<()> {
        for (used, _, name, written, span) in self.reader.uses.drain(..) {
            if name.is_empty() {
                self.parsed.whole_input = true;
                continue;
            }
            self.parsed.variables.push(VariableUse { name: name.to_owned(), path: written.to_owned(), span, used });
        }
        let scopes = &mut self.reader.scopes;
        match &tag.kind {
            Kind::Output(Expr::Call(call)) if matches!(call.word.name, "role" | "history" | "section" | "media") => {
                self.parsed.markers.push(MarkerUse { helper: call.word.name, span: tag.span });
            }
            Kind::Open(call) => scopes.open(call.word, tag.span, call.params.clone()),
            Kind::ElseIf(call) => scopes.chain(call.word, call.params.clone()),
            Kind::Else => scopes.inverse(),
            Kind::Close(_) => scopes.close(),
            _ => {}
        }
        self.parsed.depth = self.parsed.depth.max(scopes.depth);
        let limit = self.limits.template_depth.min(DEPTH);
        if scopes.depth > limit {
            self.stopped = true;
            let message = format!("blocks are nested deeper than {limit}");
            return Err(fault(tag.span.start, tag.span.end, message, "move an inner part into a partial"));
        }
        self.sink.tag(tag);
        Ok(())
    }

    fn unclosed_blocks(&mut self) {
        let end = self.reader.cursor.text.len();
        let blocks = &self.reader.scopes.blocks;
        let faults: Vec<TemplateFault> = blocks
            .iter()
            .take(FAULTS.saturating_sub(self.parsed.faults.len()))
            .map(|block| {
                let (name, open) = (block.word.name, block.open);
                let message = format!("the block `#{name}` is never closed");
                fault(
                    open.start,
                    open.end,
                    message,
                    format!("write {{{{/{name}}}}} before the end of the text at byte {end}"),
                )
            })
            .collect();
        self.parsed.faults.extend(faults);
    }
}
