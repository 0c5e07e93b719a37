//! The three databases of two-phase commit, on a server.

use edafw::Failure;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// A server, by its URL without a database.
#[derive(Debug, Clone)]
pub struct Server {
    url: String,
}

impl Server {
    /// The server of a URL such as `postgres://postgres@127.0.0.1:5432`.
    ///
    /// # Errors
    /// It is no such URL, or names a database.
    pub fn new(url: &str) -> Result<Self, Failure> {
        let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"));
        let rest = rest.ok_or("the server's URL begins with `postgres://`")?.trim_end_matches('/');
        if rest.is_empty() || rest.contains(['/', '?']) {
            return Err(
                "the server's URL is `postgres://USER@HOST:PORT`, without a database and options".into()
            );
        }
        Ok(Self { url: url.trim_end_matches('/').to_owned() })
    }

    /// Whether it lets transactions be prepared: `Err` says why not.
    ///
    /// # Errors
    /// It does not answer, or does not let them.
    pub async fn check(&self) -> Result<(), Failure> {
        let mut connection = self.connect().await?;
        let most: String =
            sqlx::query_scalar("show max_prepared_transactions").fetch_one(&mut connection).await?;
        connection.close().await?;
        if most == "0" {
            return Err(
                "the server's max_prepared_transactions is 0; set it to 64, say, and start it again".into()
            );
        }
        Ok(())
    }

    /// The databases whose names begin with `prefix`, created where they are missing.
    ///
    /// # Errors
    /// One cannot be created.
    pub async fn databases(&self, prefix: &str) -> Result<Databases, Failure> {
        let mut connection = self.connect().await?;
        let names = ["booking", "hotel", "airline"].map(|service| format!("{prefix}_{service}"));
        for name in &names {
            let known = sqlx::query("select 1 from pg_database where datname = $1").bind(name);
            if known.fetch_optional(&mut connection).await?.is_none() {
                connection.execute(AssertSqlSafe(format!("create database \"{name}\""))).await?;
            }
        }
        connection.close().await?;
        let urls = names.clone().map(|name| format!("{}/{name}", self.url));
        Ok(Databases { server: self.clone(), names, urls })
    }

    async fn connect(&self) -> Result<PgConnection, Failure> {
        Ok(PgConnection::connect(&format!("{}/postgres", self.url)).await?)
    }
}

/// Booking, hotel and airline.
#[derive(Debug, Clone)]
pub struct Databases {
    server: Server,
    names: [String; 3],
    urls: [String; 3],
}

impl Databases {
    /// Their URLs: booking, hotel, airline.
    pub fn urls(&self) -> &[String; 3] {
        &self.urls
    }

    /// Drops all three.
    ///
    /// # Errors
    /// One is in use, or has a transaction that is still prepared.
    pub async fn drop_all(&self) -> Result<(), Failure> {
        let mut connection = self.server.connect().await?;
        for name in &self.names {
            connection.execute(AssertSqlSafe(format!("drop database if exists \"{name}\""))).await?;
        }
        Ok(connection.close().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::Server;

    #[test]
    fn a_server_is_named_without_a_database() {
        assert!(Server::new("postgres://postgres@127.0.0.1:5432").is_ok());
        assert!(Server::new("postgresql://postgres@127.0.0.1:5432/").is_ok());
        for wrong in
            ["mysql://root@localhost", "postgres://", "postgres://a@b/c", "postgres://a:secret@b?d=e"]
        {
            let error = Server::new(wrong).unwrap_err().to_string();
            assert!(error.contains("postgres://") && !error.contains("secret"), "{error}");
        }
    }
}
