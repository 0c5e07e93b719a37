//! Several statements in one round trip.
//!
//! The protocol takes parameters for one statement at a time, and several statements at a time only without
//! parameters. What the framework does in a transaction are several small statements: sent one by one, most of
//! the time goes by between them. So their values are written into the text. The one danger of that, a value
//! that is read as SQL, is dealt with in [`Literal`] alone, for every setting of the server.

use std::fmt::Write as _;
use std::sync::Arc;

use futures_util::TryStreamExt;
use serde::Serialize;
use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, Either, MySqlConnection, Row};

use crate::json::json;

/// Members of a list in one statement, at most. A list of 1,000 is a table to MariaDB, and an update by it one of
/// several tables.
const MEMBERS: usize = 200;

/// Statements to be run one after the other; the first one that fails is the last one that runs.
#[derive(Debug, Default)]
pub(super) struct Script {
    text: String,
    /// How many statements there are.
    count: usize,
}

/// Which statement of a script.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place(usize);

impl Script {
    /// A script that begins a transaction.
    pub(super) fn begin() -> Self {
        let mut script = Self::default();
        script.add(include_str!("sql/begin_work.sql"), &[]);
        script.add(include_str!("sql/begin.sql"), &[]);
        script
    }

    /// One file, with its values.
    pub(super) fn of(sql: &'static str, values: &[&dyn Literal]) -> Self {
        let mut script = Self::default();
        script.add(sql, values);
        script
    }

    /// Appends the statements of a file, `?1` standing for the first value; answers the place of the last.
    pub(super) fn add(&mut self, sql: &'static str, values: &[&dyn Literal]) -> Place {
        for line in sql.lines() {
            // No statement has two hyphens in its code.
            let code = line.split("--").next().unwrap_or_default();
            self.count += code.matches(';').count();
            let mut parts = code.split('?');
            self.text.push_str(parts.next().unwrap_or_default());
            for part in parts {
                let digits = part.bytes().take_while(u8::is_ascii_digit).count();
                let number: usize = part[..digits].parse().expect("a number follows every question mark");
                values[number - 1].write(&mut self.text);
                self.text.push_str(&part[digits..]);
            }
            self.text.push('\n');
        }
        Place(self.count - 1)
    }

    /// Appends COMMIT.
    pub(super) fn commit(mut self) -> Self {
        self.add(include_str!("sql/commit.sql"), &[]);
        self
    }

    /// How long it is.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Runs it.
    pub(super) async fn run(self, connection: &mut MySqlConnection) -> sqlx::Result<Answers> {
        let mut answers = Answers { sets: Vec::with_capacity(self.count), affected: Vec::new() };
        let mut rows = Vec::new();
        let mut stream = sqlx::raw_sql(AssertSqlSafe(self.text)).fetch_many(connection);
        while let Some(one) = stream.try_next().await? {
            match one {
                Either::Right(row) => rows.push(row),
                Either::Left(done) => {
                    answers.sets.push(std::mem::take(&mut rows));
                    answers.affected.push(done.rows_affected());
                }
            }
        }
        Ok(answers)
    }
}

/// What the statements of a script answered.
#[derive(Debug)]
pub(super) struct Answers {
    sets: Vec<Vec<MySqlRow>>,
    affected: Vec<u64>,
}

impl Answers {
    /// The rows of a statement.
    pub(super) fn rows(&self, place: Place) -> &[MySqlRow] {
        self.sets.get(place.0).map_or(&[], Vec::as_slice)
    }

    /// The rows of all statements.
    pub(super) fn all_rows(&self) -> impl Iterator<Item = &MySqlRow> {
        self.sets.iter().flatten()
    }

    /// The rows of the first statement.
    pub(super) fn first_rows(&self) -> &[MySqlRow] {
        self.rows(Place(0))
    }

    /// The only row of the first statement.
    pub(super) fn first_row(&self) -> sqlx::Result<&MySqlRow> {
        self.first_rows().first().ok_or(sqlx::Error::RowNotFound)
    }

    /// How many rows a statement found, changed or not.
    pub(super) fn affected(&self, place: Place) -> u64 {
        self.affected.get(place.0).copied().unwrap_or_default()
    }

    /// The same of several statements together.
    pub(super) fn all_affected(&self, places: &[Place]) -> u64 {
        places.iter().map(|place| self.affected(*place)).sum()
    }

    /// The one value that a statement answered.
    pub(super) fn value(&self, place: Place) -> sqlx::Result<i64> {
        self.rows(place).first().ok_or(sqlx::Error::RowNotFound)?.try_get(0)
    }
}

/// A value that can stand in a statement.
pub(super) trait Literal: Sync {
    /// Appends it as SQL.
    fn write(&self, to: &mut String);
}

impl Literal for i64 {
    fn write(&self, to: &mut String) {
        write!(to, "{self}").expect("a string takes everything");
    }
}

impl Literal for bool {
    fn write(&self, to: &mut String) {
        to.push(if *self { '1' } else { '0' });
    }
}

impl Literal for str {
    /// Whether a backslash escapes is up to the session's `sql_mode`, so a text that has one is written in
    /// hexadecimal digits. In all others there is nothing to escape but the quote, which is doubled in every mode
    /// and in every character set that a connection can have.
    fn write(&self, to: &mut String) {
        if self.contains(['\\', '\0']) {
            to.push_str("_utf8mb4 x'");
            for byte in self.bytes() {
                write!(to, "{byte:02x}").expect("a string takes everything");
            }
            to.push('\'');
            return;
        }
        to.push('\'');
        for (n, part) in self.split('\'').enumerate() {
            if n > 0 {
                to.push_str("''");
            }
            to.push_str(part);
        }
        to.push('\'');
    }
}

impl Literal for String {
    fn write(&self, to: &mut String) {
        self.as_str().write(to);
    }
}

impl Literal for Arc<str> {
    fn write(&self, to: &mut String) {
        (**self).write(to);
    }
}

impl<T: Literal + ?Sized> Literal for &T {
    fn write(&self, to: &mut String) {
        (**self).write(to);
    }
}

impl<T: Literal> Literal for Option<T> {
    fn write(&self, to: &mut String) {
        match self {
            Some(value) => value.write(to),
            None => to.push_str("null"),
        }
    }
}

/// A list as one JSON text, for `json_table`.
pub(super) struct Json<T>(pub(super) T);

impl<T: Serialize + Sync> Literal for Json<T> {
    fn write(&self, to: &mut String) {
        json(&self.0).write(to);
    }
}

/// Values in parentheses: one row of VALUES, or the right side of IN.
pub(super) struct Tuple<'a>(pub(super) Vec<&'a dyn Literal>);

impl Literal for Tuple<'_> {
    fn write(&self, to: &mut String) {
        to.push('(');
        separated(self.0.iter(), to);
        to.push(')');
    }
}

/// The rows of VALUES. Never empty: there is no SQL for that.
impl Literal for [Tuple<'_>] {
    fn write(&self, to: &mut String) {
        separated(self.iter(), to);
    }
}

/// The lists in which a statement takes `members`, none of them empty: there is no SQL for that.
pub(super) fn lists<T: Literal>(members: &[T]) -> impl Iterator<Item = Tuple<'_>> {
    members.chunks(MEMBERS).map(|piece| Tuple(piece.iter().map(|member| member as _).collect()))
}

/// The same for members that have a value each, with a CASE of the values.
pub(super) fn cases<K: Literal, V: Literal>(
    members: &[(K, V)],
) -> impl Iterator<Item = (Tuple<'_>, Cases<'_, K, V>)> {
    members
        .chunks(MEMBERS)
        .map(|piece| (Tuple(piece.iter().map(|(key, _)| key as _).collect()), Cases(piece)))
}

/// The branches of a CASE.
pub(super) struct Cases<'a, K, V>(&'a [(K, V)]);

impl<K: Literal, V: Literal> Literal for Cases<'_, K, V> {
    fn write(&self, to: &mut String) {
        for (n, (key, value)) in self.0.iter().enumerate() {
            to.push_str(if n > 0 { " when " } else { "when " });
            key.write(to);
            to.push_str(" then ");
            value.write(to);
        }
    }
}

fn separated<L: Literal>(values: impl Iterator<Item = L>, to: &mut String) {
    for (n, value) in values.enumerate() {
        if n > 0 {
            to.push_str(", ");
        }
        value.write(to);
    }
}

/// The present moment in milliseconds: the database server's, unless a clock replaces that.
#[derive(Debug, Clone, Copy)]
pub(super) enum Now {
    /// As the server says, whatever the session's time zone.
    OfServer,
    /// As a replacing clock says.
    Fixed(i64),
}

impl Literal for Now {
    fn write(&self, to: &mut String) {
        match self {
            Self::OfServer => {
                to.push_str("(timestampdiff(microsecond, '1970-01-01 00:00:00', utc_timestamp(3)) div 1000)");
            }
            Self::Fixed(at) => at.write(to),
        }
    }
}

/// A moment that lies some milliseconds after another one, or before it if negative.
pub(super) struct Moment(pub(super) Now, pub(super) i64);

impl Literal for Moment {
    fn write(&self, to: &mut String) {
        to.push('(');
        self.0.write(to);
        to.push_str(" + ");
        self.1.write(to);
        to.push(')');
    }
}

#[cfg(test)]
mod tests {
    use super::{Json, Literal, MEMBERS, Now, Script, Tuple, cases, lists};

    fn sql(value: &dyn Literal) -> String {
        let mut text = String::new();
        value.write(&mut text);
        text
    }

    #[test]
    fn no_text_ends_its_literal() {
        assert_eq!(sql(&"it's"), "'it''s'");
        assert_eq!(sql(&"' or 1 = 1; -- "), "''' or 1 = 1; -- '");
        assert_eq!(sql(&"\\' or 1 = 1; -- "), "_utf8mb4 x'5c27206f722031203d20313b202d2d20'");
        assert_eq!(sql(&"a\0b"), "_utf8mb4 x'610062'");
        assert_eq!(sql(&""), "''");
    }

    #[test]
    fn values_are_written_as_sql() {
        assert_eq!(sql(&-7_i64), "-7");
        assert_eq!(sql(&None::<i64>), "null");
        assert_eq!(sql(&Json(["a\"b"])), "_utf8mb4 x'5b22615c2262225d'");
        let rows = [Tuple(vec![&1_i64, &"a"]), Tuple(vec![&2_i64, &true])];
        assert_eq!(sql(&&rows[..]), "(1, 'a'), (2, 1)");
    }

    #[test]
    fn lists_are_neither_empty_nor_long() {
        let texts = |members: &[i64]| lists(members).map(|list| sql(&list)).collect::<Vec<_>>();
        assert_eq!(texts(&[]), [""; 0]);
        assert_eq!(texts(&[1, 2]), ["(1, 2)"]);
        let long = texts(&vec![1; MEMBERS + 1]);
        assert_eq!((long.len(), &*long[1]), (2, "(1)"));
    }

    #[test]
    fn every_member_of_a_list_has_its_case() {
        let texts = |members: &[(&str, i64)]| {
            cases(members).map(|(list, cases)| (sql(&list), sql(&cases))).collect::<Vec<_>>()
        };
        assert_eq!(texts(&[]), []);
        let two = ("('it''s', 'b')".to_owned(), "when 'it''s' then 1 when 'b' then 2".to_owned());
        assert_eq!(texts(&[("it's", 1), ("b", 2)]), [two]);
        assert_eq!(
            texts(&vec![("a", 1); MEMBERS + 1])[1],
            ("('a')".to_owned(), "when 'a' then 1".to_owned())
        );
    }

    #[test]
    fn comments_go_and_values_come() {
        let script = Script::of("-- why?\nselect ?1, ?2, ?1; -- and?\n", &[&"?2", &Now::Fixed(7)]);
        assert_eq!(script.text.trim(), "select '?2', 7, '?2';");
        assert_eq!(script.count, 1);
    }
}
