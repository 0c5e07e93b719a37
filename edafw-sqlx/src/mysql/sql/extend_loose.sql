update edafw_message force index (primary)
set visible_at = ?2
where position in ?1;
