-- What each connection to a history is told first. The file may be anybody's: its schema is not
-- trusted, and each page is checked. A run is on the disk once an audit says so.
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;
PRAGMA foreign_keys = ON;
PRAGMA synchronous = FULL;
PRAGMA temp_store = MEMORY;
