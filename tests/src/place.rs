//! Where the databases of a test are.

use std::path::Path;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};
use tokio::runtime::Runtime;

/// Every database that the services may use.
const NAMES: [&str; 4] = ["actor", "listener", "external", "queues"];

/// The kind of database that a [`World`](crate::World) lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Files in the world's directory.
    Sqlite,
    /// Schemas of a database on a PostgreSQL server.
    Postgres,
    /// Databases on a MySQL or MariaDB server.
    MySql,
}

impl Kind {
    /// What the names of its binaries end with.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => "_postgres",
            Self::MySql => "_mysql",
        }
    }

    /// The server that the tests share, as a variable names it.
    fn shared_server(self) -> String {
        let (variable, default) = match self {
            Self::Sqlite => return String::new(),
            Self::Postgres => ("EDAFW_TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432"),
            Self::MySql => ("EDAFW_TEST_MYSQL_URL", "mysql://root@127.0.0.1:3306"),
        };
        std::env::var(variable).unwrap_or_else(|_| default.to_owned())
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
    pub(crate) fn on_shared_server(kind: Kind) -> Self {
        let place = Self::on_server(kind, kind.shared_server());
        if kind == Kind::Postgres {
            // Processes die here, and the server does not.
            let careless = format!("alter database {} set synchronous_commit = off", place.database);
            place.administrate(&place.server, &[careless]);
        }
        place
    }

    /// New databases on a server of one's own.
    pub(crate) fn on_server(kind: Kind, server: String) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let database = format!("edafw_test_{now}_{}", uuid::Uuid::now_v7().simple());
        let (authority, query) = parts(&server);
        match kind {
            Kind::Sqlite => unreachable!("files are on no server"),
            Kind::Postgres => {
                // Schemas of one database: the server takes its time to make and to remove a database.
                let search =
                    if query.is_empty() { "?options[search_path]=" } else { "&options[search_path]=" };
                let pattern = format!("postgres://{authority}/{database}{query}{search}{{name}}");
                let place = Self { kind, pattern, server, database };
                let create = format!("create database {} template template0", place.database);
                place.administrate(&place.server, &[create]);
                let schemas = NAMES.map(|name| format!("create schema {name}"));
                place.administrate(&place.url("public"), &schemas);
                place
            }
            Kind::MySql => {
                let pattern = format!("mysql://{authority}/{database}_{{name}}{query}");
                let place = Self { kind, pattern, server, database };
                let create = NAMES.map(|name| format!("create database {}_{name}", place.database));
                place.administrate(&place.server, &create);
                place
            }
        }
    }

    /// The same databases, by way of another host and port.
    pub(crate) fn by_way_of(&self, address: &str) -> String {
        let (authority, _) = parts(&self.pattern);
        let user = authority.rsplit_once('@').map_or(String::new(), |(user, _)| format!("{user}@"));
        self.pattern.replacen(authority, &format!("{user}{address}"), 1)
    }

    /// Host and port of the server.
    pub(crate) fn address(&self) -> String {
        let of_a_url = "the address is a URL";
        match self.kind {
            Kind::Sqlite => unreachable!("files are on no server"),
            Kind::Postgres => {
                let options = PgConnectOptions::from_str(&self.server).expect(of_a_url);
                format!("{}:{}", options.get_host(), options.get_port())
            }
            Kind::MySql => {
                let options = MySqlConnectOptions::from_str(&self.server).expect(of_a_url);
                format!("{}:{}", options.get_host(), options.get_port())
            }
        }
    }

    pub(crate) fn url(&self, name: &str) -> String {
        self.pattern.replace("{name}", name)
    }

    /// Cuts every connection to the databases; answers how many.
    pub(crate) fn cut_connections(&self) -> usize {
        let work = async {
            match self.kind {
                Kind::Sqlite => Ok(0),
                Kind::Postgres => {
                    let cut = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1";
                    let mut admin = postgres(&self.server).await?;
                    let cut = sqlx::query(cut).bind(&self.database).fetch_all(&mut admin).await?;
                    Ok(cut.len())
                }
                Kind::MySql => {
                    let open =
                        "select cast(id as signed) from information_schema.processlist where db like ?";
                    let mut admin = mysql(&self.server).await?;
                    let open: Vec<i64> = sqlx::query_scalar(open)
                        .bind(format!("{}%", self.database))
                        .fetch_all(&mut admin)
                        .await?;
                    let mut cut = 0;
                    for id in open {
                        // It may have ended by itself.
                        let killed =
                            sqlx::raw_sql(AssertSqlSafe(format!("kill {id}"))).execute(&mut admin).await;
                        cut += usize::from(killed.is_ok());
                    }
                    Ok::<usize, sqlx::Error>(cut)
                }
            }
        };
        runtime().block_on(work).expect("connections are listed and cut")
    }

    /// Runs statements on a database.
    pub(crate) fn administrate(&self, url: &str, statements: &[String]) {
        let work = async {
            let queries = statements.iter().map(|statement| AssertSqlSafe(statement.clone()));
            match self.kind {
                Kind::Sqlite => {
                    let mut admin =
                        SqliteConnectOptions::from_str(url.split('?').next().unwrap_or_default())?
                            .connect()
                            .await?;
                    for query in queries {
                        sqlx::raw_sql(query).execute(&mut admin).await?;
                    }
                }
                Kind::Postgres => {
                    let mut admin = postgres(url).await?;
                    for query in queries {
                        sqlx::raw_sql(query).execute(&mut admin).await?;
                    }
                }
                Kind::MySql => {
                    let mut admin = mysql(url).await?;
                    for query in queries {
                        sqlx::raw_sql(query).execute(&mut admin).await?;
                    }
                }
            }
            Ok::<(), sqlx::Error>(())
        };
        runtime().block_on(work).unwrap_or_else(|error| {
            panic!(
                "{statements:?}: {error}; the tests need servers on which they may create databases: `cargo xtask test` \
                 starts them, or says which variables name them"
            )
        });
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // A test that fails has said why; what is left here a later run removes.
        if std::thread::panicking() {
            return;
        }
        let database = &self.database;
        let drop = match self.kind {
            Kind::Sqlite => return,
            Kind::Postgres => vec![format!("drop database if exists {database} with (force)")],
            Kind::MySql => NAMES.map(|name| format!("drop database if exists {database}_{name}")).into(),
        };
        self.administrate(&self.server, &drop);
    }
}

/// User, host and port of a URL, and what follows its `?`, with it.
fn parts(url: &str) -> (&str, String) {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let authority = place.split("://").nth(1).unwrap_or_default().split('/').next().unwrap_or_default();
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    (authority, query)
}

pub(crate) async fn postgres(url: &str) -> sqlx::Result<PgConnection> {
    let options = PgConnectOptions::from_str(url)?;
    let database = options.get_database().unwrap_or("postgres").to_owned();
    options.database(&database).connect().await
}

pub(crate) async fn mysql(url: &str) -> sqlx::Result<MySqlConnection> {
    MySqlConnectOptions::from_str(url)?.connect().await
}

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}
