select version() as version, @@autocommit as autocommit;
