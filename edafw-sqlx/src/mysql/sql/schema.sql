select version, oldest_compatible from edafw_schema order by version desc limit 1;
