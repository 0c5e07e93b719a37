//! Where an example keeps its databases and logs.

use std::path::{Path, PathBuf};

/// A directory with a database for each service, and one with the queues between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    path: String,
}

/// A directory that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// It cannot be created.
    #[error("the data directory {path}: {error}")]
    Create {
        /// Where.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It cannot be part of a URL.
    #[error(
        "the data directory {0} cannot be written in a database URL, which is UTF-8 and whose path ends at a `?`"
    )]
    Unwritable(PathBuf),
}

impl Directory {
    /// The directory that is named, or else a fresh temporary one, whose name begins with `prefix` and which nobody
    /// removes. It exists from here on.
    ///
    /// # Errors
    /// It cannot be created, or cannot be part of a URL.
    pub fn open(named: Option<&Path>, prefix: &str) -> Result<Self, DirectoryError> {
        let path = match named {
            Some(path) => std::fs::create_dir_all(path).map(|()| path.to_owned()),
            None => tempfile::Builder::new().prefix(prefix).tempdir().map(tempfile::TempDir::keep),
        };
        let path = path.map_err(|error| {
            let path = named.map_or_else(std::env::temp_dir, Path::to_owned);
            DirectoryError::Create { path, error }
        })?;
        match path.to_str() {
            Some(text) if !text.contains('?') => Ok(Self { path: text.to_owned() }),
            _ => Err(DirectoryError::Unwritable(path)),
        }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        Path::new(&self.path)
    }

    /// The URL of a service's database.
    pub fn database(&self, service: &str) -> String {
        format!("sqlite:{}/{service}.db", self.path)
    }

    /// The URL of the queues between the services.
    pub fn queues(&self) -> String {
        format!("embedded:sqlite:{}/queues.db", self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::Directory;

    #[test]
    fn what_cannot_be_part_of_a_url_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let error = Directory::open(Some(&directory.path().join("what?")), "x").unwrap_err().to_string();
        assert!(error.contains("whose path ends at a `?`"), "{error}");
    }

    #[test]
    fn a_file_is_no_directory() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Directory::open(Some(file.path()), "x").unwrap_err().to_string();
        assert!(error.starts_with(&format!("the data directory {}: ", file.path().display())), "{error}");
    }
}
