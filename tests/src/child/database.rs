//! The services' own statements, in the dialect of each database.

use edafw::{MySql, Postgres, Sqlite};
use edafw_core::{Backend, BoxFuture};

use super::Act;

/// What a statement answers.
type Answer<'a, T = ()> = BoxFuture<'a, sqlx::Result<T>>;

/// A database that the services can live in.
pub trait Database: Backend {
    /// Whether the database commits when a table is created, whatever else the transaction has in mind.
    const CREATING_COMMITS: bool;

    /// Creates the tables.
    fn create_tables(connection: &mut Self::Connection) -> Answer<'_>;

    /// Writes the row of whoever a key stands for: from here on the database orders the transactions of a key.
    fn touch(connection: &mut Self::Connection, key: i64) -> Answer<'_>;

    /// Writes an act.
    fn insert_act(connection: &mut Self::Connection, act: Act) -> Answer<'_>;

    /// Whether an act was written.
    fn has_act(connection: &mut Self::Connection, no: i64) -> Answer<'_, bool>;

    /// Writes what a subscriber has done about an act.
    fn insert_effect<'a>(
        connection: &'a mut Self::Connection,
        subscriber: &'a str,
        no: i64,
        key: i64,
        attempt: i64,
    ) -> Answer<'a>;

    /// Violates a constraint.
    fn violate(connection: &mut Self::Connection) -> Answer<'_>;
}

macro_rules! database {
    (
        $backend:ty: creating_commits $commits:literal, id $id:literal, number $number:literal,
        values $one:literal $two:literal $five:literal, existing $existing:literal
    ) => {
        impl Database for $backend {
            const CREATING_COMMITS: bool = $commits;

            fn create_tables(connection: &mut Self::Connection) -> Answer<'_> {
                Box::pin(async {
                    let tables = concat!(
                        "create table if not exists act (id ",
                        $id,
                        ", no ",
                        $number,
                        ", person ",
                        $number,
                        ");
                         create table if not exists person (person ",
                        $number,
                        " primary key, acts ",
                        $number,
                        ");
                         create table if not exists effect (
                             id ",
                        $id,
                        ", subscriber varchar(100), no ",
                        $number,
                        ", person ",
                        $number,
                        ",
                             attempt ",
                        $number,
                        ", process ",
                        $number,
                        "
                         )"
                    );
                    sqlx::raw_sql(tables).execute(connection).await.map(drop)
                })
            }

            fn touch(connection: &mut Self::Connection, key: i64) -> Answer<'_> {
                Box::pin(async move {
                    let touch = concat!(
                        "insert into person (person, acts) values (",
                        $one,
                        ", 1) ",
                        $existing,
                        " acts = person.acts + 1"
                    );
                    sqlx::query(touch).bind(key).execute(connection).await.map(drop)
                })
            }

            fn insert_act(connection: &mut Self::Connection, act: Act) -> Answer<'_> {
                Box::pin(async move {
                    let insert = concat!("insert into act (no, person) values (", $two, ")");
                    sqlx::query(insert).bind(act.no).bind(act.key).execute(connection).await.map(drop)
                })
            }

            fn has_act(connection: &mut Self::Connection, no: i64) -> Answer<'_, bool> {
                Box::pin(async move {
                    let count = concat!("select count(*) from act where no = ", $one);
                    let found: i64 = sqlx::query_scalar(count).bind(no).fetch_one(connection).await?;
                    Ok(found > 0)
                })
            }

            fn insert_effect<'a>(
                connection: &'a mut Self::Connection,
                subscriber: &'a str,
                no: i64,
                key: i64,
                attempt: i64,
            ) -> Answer<'a> {
                Box::pin(async move {
                    let insert = concat!(
                        "insert into effect (subscriber, no, person, attempt, process) values (",
                        $five,
                        ")"
                    );
                    sqlx::query(insert)
                        .bind(subscriber)
                        .bind(no)
                        .bind(key)
                        .bind(attempt)
                        .bind(i64::from(std::process::id()))
                        .execute(connection)
                        .await
                        .map(drop)
                })
            }

            fn violate(connection: &mut Self::Connection) -> Answer<'_> {
                Box::pin(async {
                    let twice = "insert into person (person, acts) values (-1, 0), (-1, 0)";
                    sqlx::raw_sql(twice).execute(connection).await.map(drop)
                })
            }
        }
    };
}

database!(
    Sqlite: creating_commits false, id "integer primary key autoincrement", number "integer",
    values "?1" "?1, ?2" "?1, ?2, ?3, ?4, ?5", existing "on conflict (person) do update set"
);
database!(
    Postgres: creating_commits false, id "bigint generated always as identity primary key", number "bigint",
    values "$1" "$1, $2" "$1, $2, $3, $4, $5", existing "on conflict (person) do update set"
);
database!(
    MySql: creating_commits true, id "bigint auto_increment primary key", number "bigint",
    values "?" "?, ?" "?, ?, ?, ?, ?", existing "on duplicate key update"
);
