CREATE TABLE conversation (
    id         TEXT    NOT NULL PRIMARY KEY,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX conversation_by_update ON conversation (updated_ms);

CREATE TABLE item (
    conversation TEXT    NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    place        INTEGER NOT NULL CHECK (place >= 0),
    written_ms   INTEGER NOT NULL,
    kind         TEXT    NOT NULL,
    text         TEXT    NOT NULL,
    body         TEXT    NOT NULL,
    PRIMARY KEY (conversation, place)
) STRICT, WITHOUT ROWID;
