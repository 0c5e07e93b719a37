select version() as version, @@binlog_format as binlog_format, @@log_bin as log_bin;
