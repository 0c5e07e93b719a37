//! Where the databases of a test are.

use std::path::Path;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions};
use tokio::runtime::Runtime;

/// Names the server on which the tests make their databases.
const VARIABLE: &str = "EDAFW_TEST_POSTGRES_URL";

const DEFAULT: &str = "postgres://postgres@127.0.0.1:5432";

/// Every database that the services may use.
const NAMES: [&str; 4] = ["actor", "listener", "external", "queues"];

/// The kind of database that a [`World`](crate::World) lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Files in the world's directory.
    Sqlite,
    /// Databases on a server.
    Postgres,
}

impl Kind {
    /// What the names of its binaries end with.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => "_postgres",
        }
    }
}

/// Where the databases of a test are. On a server they are gone with this.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) kind: Kind,
    /// The URL of a database, with `{name}` for its name.
    pub(crate) pattern: String,
    server: String,
    database: String,
}

impl Place {
    pub(crate) fn in_directory(directory: &Path) -> Self {
        let pattern = format!("sqlite:{}/{{name}}.db?synchronous=off", directory.display());
        Self { kind: Kind::Sqlite, pattern, server: String::new(), database: String::new() }
    }

    /// New databases on the server that the tests share.
    pub(crate) fn on_postgres() -> Self {
        let place = Self::on_server(std::env::var(VARIABLE).unwrap_or_else(|_| DEFAULT.to_owned()));
        // Processes die here, and the server does not.
        let careless = format!("alter database {} set synchronous_commit = off", place.database);
        administrate(&place.server, &[careless]);
        place
    }

    /// New databases on a server of one's own.
    pub(crate) fn on_server(server: String) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let database = format!("edafw_test_{now}_{}", uuid::Uuid::now_v7().simple());
        let (authority, query) = parts(&server);
        // Schemas of one database: the server takes its time to make and to remove a database.
        let search = if query.is_empty() { "?options[search_path]=" } else { "&options[search_path]=" };
        let pattern = format!("postgres://{authority}/{database}{query}{search}{{name}}");
        let place = Self { kind: Kind::Postgres, pattern, server, database };
        administrate(&place.server, &[format!("create database {} template template0", place.database)]);
        let schemas = NAMES.map(|name| format!("create schema {name}"));
        administrate(&place.url("public"), &schemas);
        place
    }

    /// The same databases, by way of another host and port.
    pub(crate) fn by_way_of(&self, address: &str) -> String {
        let (authority, _) = parts(&self.pattern);
        let user = authority.rsplit_once('@').map_or(String::new(), |(user, _)| format!("{user}@"));
        self.pattern.replacen(authority, &format!("{user}{address}"), 1)
    }

    /// Host and port of the server.
    pub(crate) fn address(&self) -> String {
        let options = PgConnectOptions::from_str(&self.server).expect("the address is a URL");
        format!("{}:{}", options.get_host(), options.get_port())
    }

    pub(crate) fn url(&self, name: &str) -> String {
        self.pattern.replace("{name}", name)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // A test that fails has said why; what is left here a later run removes.
        if self.kind == Kind::Postgres && !std::thread::panicking() {
            administrate(&self.server, &[format!("drop database if exists {} with (force)", self.database)]);
        }
    }
}

fn administrate(url: &str, statements: &[String]) {
    let work = async {
        let mut admin = connect(url).await.unwrap_or_else(|error| {
            panic!(
                "the tests need a PostgreSQL server on which they may create databases: start one \
                 (`cargo xtask test` does), or name one by {VARIABLE}; the default is {DEFAULT}. {error}"
            )
        });
        for statement in statements {
            sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(&mut admin).await?;
        }
        Ok::<(), sqlx::Error>(())
    };
    runtime().block_on(work).expect("the statements run");
}

/// User, host and port of a URL, and what follows its `?`, with it.
fn parts(url: &str) -> (&str, String) {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let authority = place.split("://").nth(1).unwrap_or_default().split('/').next().unwrap_or_default();
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    (authority, query)
}

pub(crate) async fn connect(url: &str) -> sqlx::Result<PgConnection> {
    let options = PgConnectOptions::from_str(url)?;
    let database = options.get_database().unwrap_or("postgres").to_owned();
    options.database(&database).connect().await
}

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}
