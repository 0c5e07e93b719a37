release savepoint edafw;
