savepoint edafw;
