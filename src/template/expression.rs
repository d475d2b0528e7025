//! Inside a tag: paths, literals, helpers with their arguments, subexpressions.

use super::{
    cursor::{Cursor, Read, fault},
    parsed::Use,
    scope::Scopes,
    tree::{Base, Call, Expr, Path},
    words::{self, Stand, Word},
};

/// The most names of one path.
pub(super) const PATH_NAMES: usize = 32;
/// The most nested subexpressions.
pub(super) const SUBEXPRESSIONS: usize = 8;
/// The longest name in brackets.
const NAME_BYTES: usize = 256;
/// The most arguments of one helper, by place and by name.
const ARGUMENTS: usize = 32;

/// Arguments by place and by name, and the names behind `as`.
type Arguments<'a> = (Vec<Expr<'a>>, Vec<(&'a str, Expr<'a>)>, Vec<&'a str>);

/// Reads expressions and notes the variables they use.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub(super) cursor: Cursor<'a>,
    pub(super) scopes: Scopes<'a>,
    /// Paths read in this tag, with what each is used for; they count once the tag is whole.
    pub(super) uses: Vec<(Use, Base, &'a str, &'a str, crate::domain::Span)>,
    nested: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let cursor = Cursor { text, at: 0, tag: 0 };
        Self { cursor, scopes: Scopes::default(), uses: Vec::new(), nested: 0 }
    }

    /// What `{{…}}` prints: a path, or a helper with arguments.
    pub(super) fn printed(&mut self) -> Read<Expr<'a>> {
        self.cursor.space();
        let start = self.cursor.at;
        match self.cursor.byte() {
            Some(b'(') => return Err(self.cursor.unexpected("a variable or a helper")),
            Some(b'}') => {
                let help = "name a variable in it; where braces are meant as text, write \\{{";
                return Err(fault(self.cursor.tag, start + 1, "this tag is empty", help));
            }
            Some(b'"' | b'\'') => {
                let quote = [b'"', b'\''].into_iter().find(|q| self.cursor.byte() == Some(*q)).unwrap_or(b'"');
                self.cursor.quoted(quote)?;
                let help = "write the text itself, without braces and quotes";
                return Err(fault(start, self.cursor.at, "a text in quotes cannot be printed", help));
            }
            _ => {}
        }
        if let Some(number) = self.cursor.number()? {
            return Err(fault(
                start,
                start + number.len(),
                "a number is no variable",
                "write the number without braces",
            ));
        }
        let name = self.ahead();
        let end = start + name.len();
        self.cursor.at = end;
        self.cursor.space();
        let alone = matches!(self.cursor.byte(), Some(b'}' | b'~') | None);
        let is_path = matches!(self.cursor.text.as_bytes().get(end), Some(b'.' | b'/' | b'['));
        if name.is_empty() || is_path || (alone && name != "history") {
            self.cursor.at = start;
            return self.printed_path(start);
        }
        self.cursor.at = end;
        if !self.cursor.rest().starts_with(|c: char| c.is_whitespace() || matches!(c, '}' | '~')) {
            return Err(self.cursor.unexpected("a space or }}"));
        }
        let word = known(name, start, false)?;
        let call = self.call(word, start)?;
        Ok(Expr::Call(call))
    }

    fn printed_path(&mut self, start: usize) -> Read<Expr<'a>> {
        let path = self.path(Use::Output)?;
        let end = self.cursor.at;
        let spaced = self.cursor.space();
        if !spaced || matches!(self.cursor.byte(), Some(b'}' | b'~') | None) {
            return Ok(Expr::Path(path));
        }
        if self.cursor.byte() == Some(b'{') || self.cursor.byte() == Some(b')') {
            return Err(self.cursor.unexpected("}}"));
        }
        let message =
            format!("`{}` is no helper, and only helpers take arguments", short(&self.cursor.text[start..end]));
        Err(fault(start, end, message, "end the tag after the variable, or write \\{{ where braces are meant as text"))
    }

    /// The name that stands here, without moving on.
    fn ahead(&mut self) -> &'a str {
        let start = self.cursor.at;
        let name = self.cursor.name();
        self.cursor.at = start;
        name
    }

    /// The rest of a call, after the helper's name.
    pub(super) fn call(&mut self, word: &'static Word, start: usize) -> Read<Call<'a>> {
        let used = match word.name {
            "if" | "unless" | "with" => Use::Condition,
            "each" => Use::Loop,
            "lookup" | "json" if self.nested == 0 => Use::Output,
            _ => Use::Argument,
        };
        let end = self.cursor.at;
        let (args, hash, params) = self.arguments(used, word.stand == Stand::Block)?;
        check(word, &args, &hash, &params, (start, end))?;
        Ok(Call { word, args, hash, params })
    }

    /// Arguments up to the end of the tag or of the subexpression.
    pub(super) fn arguments(&mut self, used: Use, block: bool) -> Read<Arguments<'a>> {
        let (mut args, mut hash, mut params) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            let spaced = self.cursor.space();
            let start = self.cursor.at;
            if matches!(self.cursor.byte(), Some(b'}' | b'~' | b')') | None) {
                return Ok((args, hash, params));
            }
            if !spaced {
                return Err(self.cursor.unexpected("a space or }}"));
            }
            let name = self.ahead();
            if block && name == "as" && self.bound(&mut params)? {
                return Ok((args, hash, params));
            }
            self.cursor.at = start + name.len();
            self.cursor.space();
            if !name.is_empty() && self.cursor.byte() == Some(b'=') {
                self.cursor.at += 1;
                self.cursor.space();
                let value = self.value(Use::Argument)?;
                if hash.iter().any(|(key, _)| *key == name) {
                    return Err(fault(
                        start,
                        start + name.len(),
                        format!("`{}` is given twice", short(name)),
                        "keep one",
                    ));
                }
                hash.push((name, value));
            } else {
                self.cursor.at = start;
                if !hash.is_empty() {
                    return Err(self.cursor.unexpected("another name=value, or the end of the tag"));
                }
                args.push(self.value(used)?);
            }
            if args.len() + hash.len() > ARGUMENTS {
                let message = format!("these are more than {ARGUMENTS} arguments");
                return Err(fault(start, self.cursor.at, message, "pass one object instead"));
            }
        }
    }

    /// `as |item index|`; answers false where `as` is a variable.
    fn bound(&mut self, params: &mut Vec<&'a str>) -> Read<bool> {
        let start = self.cursor.at;
        self.cursor.at += 2;
        self.cursor.space();
        if !self.cursor.eat("|") {
            self.cursor.at = start;
            return Ok(false);
        }
        loop {
            self.cursor.space();
            if self.cursor.eat("|") {
                break;
            }
            let name = self.cursor.name();
            if name.is_empty() {
                return Err(self.cursor.unexpected("a name or |"));
            }
            params.push(name);
            if params.len() > 2 {
                let help = "#each binds an item and its index: {{#each items as |item index|}}";
                return Err(fault(start, self.cursor.at, "too many names behind `as`", help));
            }
        }
        if params.is_empty() {
            return Err(fault(start, self.cursor.at, "no name behind `as`", "write {{#each items as |item|}}"));
        }
        self.cursor.space();
        Ok(true)
    }

    /// One argument.
    pub(super) fn value(&mut self, used: Use) -> Read<Expr<'a>> {
        match self.cursor.byte() {
            None => Err(self.cursor.unclosed()),
            Some(quote @ (b'"' | b'\'')) => {
                let raw = self.cursor.quoted(quote)?;
                Ok(Expr::Text { raw, quote: char::from(quote) })
            }
            Some(b'(') => self.subexpression(),
            Some(_) => {
                if let Some(number) = self.cursor.number()? {
                    return Ok(Expr::Word(number));
                }
                let word = self.ahead();
                let after = self.cursor.text.as_bytes().get(self.cursor.at + word.len());
                if matches!(word, "true" | "false" | "null" | "undefined") && !matches!(after, Some(b'.' | b'/')) {
                    self.cursor.at += word.len();
                    return Ok(Expr::Word(if word == "undefined" { "null" } else { word }));
                }
                Ok(Expr::Path(self.path(used)?))
            }
        }
    }

    fn subexpression(&mut self) -> Read<Expr<'a>> {
        let open = self.cursor.at;
        self.cursor.at += 1;
        self.nested += 1;
        let result = self.inside(open);
        self.nested -= 1;
        result
    }

    fn inside(&mut self, open: usize) -> Read<Expr<'a>> {
        if self.nested > SUBEXPRESSIONS {
            let message = format!("more than {SUBEXPRESSIONS} subexpressions inside each other");
            return Err(fault(open, open + 1, message, "compute the value before rendering"));
        }
        self.cursor.space();
        let start = self.cursor.at;
        let name = self.cursor.name();
        if name.is_empty() {
            return Err(self.cursor.unexpected("the name of a helper"));
        }
        let word = known(name, start, false)?;
        if word.stand != Stand::Anywhere {
            let message = format!("`{name}` cannot stand inside another helper");
            return Err(fault(start, self.cursor.at, message, "only lookup and json can"));
        }
        let call = self.call(word, start)?;
        if !self.cursor.eat(")") {
            return Err(self.cursor.unexpected(")"));
        }
        Ok(Expr::Call(call))
    }

    /// A path from here on.
    fn path(&mut self, used: Use) -> Read<Path<'a>> {
        let start = self.cursor.at;
        let data = self.cursor.eat("@");
        // `this.x` is never a name that `as |x|` binds.
        let mut own = self.cursor.rest().starts_with("./");
        let (up, mut names, mut whole) = self.climb(start)?;
        while !whole || matches!(self.cursor.byte(), Some(b'.' | b'/')) {
            if whole {
                self.cursor.at += 1;
            }
            let name = self.segment(start, names.is_empty() && !whole)?;
            whole = true;
            own |= name.is_none();
            names.extend(name);
            if names.len() > PATH_NAMES {
                let message = format!("this path has more than {PATH_NAMES} names");
                return Err(fault(start, self.cursor.at, message, "pass the value itself as a variable"));
            }
        }
        let span = crate::domain::Span::new(start, self.cursor.at);
        let written = &self.cursor.text[start..self.cursor.at];
        let base = self.scopes.base(data, (up, own), &mut names, span)?;
        if matches!(base, Base::Input | Base::Root) {
            self.uses.push((used, base, names.first().copied().unwrap_or_default(), written, span));
        }
        Ok(Path { span, written, base, up, names })
    }

    /// `../`, `./` and `..`: how far up, and whether the path ends or must go on.
    fn climb(&mut self, start: usize) -> Read<(usize, Vec<&'a str>, bool)> {
        let mut up = 0;
        while self.cursor.eat("../") {
            up += 1;
        }
        if self.cursor.rest().starts_with("..") {
            self.cursor.at += 2;
            return Ok((up + 1, Vec::new(), true));
        }
        if self.cursor.byte() == Some(b'.') && !self.cursor.eat("./") {
            let message = "`.` alone is not understood";
            return Err(fault(start, self.cursor.at + 1, message, "write {{this}} for the current value"));
        }
        // `../` alone is the value above.
        let ends = up > 0 && matches!(self.cursor.byte(), Some(b'}' | b'~' | b')' | b' '));
        Ok((up, Vec::new(), ends))
    }

    /// One name of a path; `this` in front is no name.
    fn segment(&mut self, path: usize, first: bool) -> Read<Option<&'a str>> {
        let start = self.cursor.at;
        if self.cursor.eat("[") {
            let mut bytes = self.cursor.rest().bytes().take(NAME_BYTES);
            let end = bytes.position(|b| matches!(b, b']' | b'\n'));
            let Some(end) = end.filter(|end| self.cursor.byte_after(*end) == Some(b']')) else {
                return Err(fault(start, start + 1, "this bracket is never closed", "end the name with ]"));
            };
            let name = &self.cursor.rest()[..end];
            self.cursor.at += end + 1;
            if name.is_empty() || name == "this" {
                return Err(fault(
                    start,
                    self.cursor.at,
                    "this is no name",
                    "write the name of a property between [ and ]",
                ));
            }
            return Ok(Some(name));
        }
        let name = self.cursor.name();
        let end = self.cursor.at;
        match name {
            "" if start > path => Err(self.cursor.unexpected("a name")),
            "" => Err(self.cursor.unexpected("a variable or a helper")),
            "this" if first => Ok(None),
            "this" => Err(fault(start, end, "`this` can only stand first in a path", "leave it out")),
            name => Ok(Some(name)),
        }
    }
}

/// The helper of a name, or what is wrong with it.
pub(super) fn known(name: &str, start: usize, block: bool) -> Read<&'static Word> {
    let end = start + name.len();
    if let Some(word) = words::find(name) {
        return match (word.stand == Stand::Block, block) {
            (true, false) => Err(fault(start, end, format!("`{name}` is a block"), format!("write {}", word.example))),
            (false, true) => Err(fault(start, end, format!("`{name}` is no block"), format!("write {}", word.example))),
            _ => Ok(word),
        };
    }
    let message = format!("there is no helper `{}`", short(name));
    let help = match words::nearest(name) {
        Some(word) => format!("did you mean `{}`? It is written {}", word.name, word.example),
        None if block => {
            "write {{#if name}} for a condition, {{#each name}} for a list, {{#with name}} for an object".to_owned()
        }
        None => "a variable takes no arguments; where braces are meant as text, write \\{{".to_owned(),
    };
    Err(fault(start, end, message, help))
}

/// A name cut to a length that can be printed.
pub(super) fn short(name: &str) -> String {
    if name.chars().count() <= 40 { name.to_owned() } else { name.chars().take(40).chain(['…']).collect() }
}

/// Whether a helper is given what it takes.
fn check(word: &Word, args: &[Expr<'_>], hash: &[(&str, Expr<'_>)], params: &[&str], at: (usize, usize)) -> Read<()> {
    let wrong = |message: String| Err(fault(at.0, at.1, message, format!("write {}", word.example)));
    let (least, most) = word.takes;
    let count = args.len();
    if count < least || count > most {
        let takes = match most {
            0 => "no arguments".to_owned(),
            1 => "one argument".to_owned(),
            most => format!("{most} arguments"),
        };
        return wrong(format!("`{}` takes {takes}, and here are {count}", word.name));
    }
    if let Some((name, _)) = hash.iter().find(|(name, _)| !word.named.contains(name)) {
        return wrong(format!("`{}` takes no argument named `{}`", word.name, short(name)));
    }
    if params.len() > if word.name == "each" { 2 } else { usize::from(word.scope) } {
        return wrong(format!("`{}` does not bind these names", word.name));
    }
    match (word.name, args.first()) {
        ("role", Some(Expr::Text { raw: "system" | "user" | "model" | "assistant" | "tool", .. })) => Ok(()),
        ("role", Some(Expr::Text { .. })) => {
            Err(fault(at.0, at.1, "this role is unknown", "a role is system, user, model, assistant or tool"))
        }
        ("role", _) => {
            let help = "write the role in quotes, such as {{role \"system\"}}: a variable must not decide who speaks";
            Err(fault(at.0, at.1, "a role must be written out", help))
        }
        ("media", _) if !hash.iter().any(|(name, _)| *name == "url") => wrong("`media` needs a url".to_owned()),
        ("json", _) => match hash.first() {
            Some((_, Expr::Word(number))) if number.parse().is_ok_and(|n: u8| n <= 10) => Ok(()),
            Some(_) => wrong("`indent` must be a number from 0 to 10".to_owned()),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}
