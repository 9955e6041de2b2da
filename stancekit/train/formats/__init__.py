"""Files of labelled utterances -> plain records; a module a format.

Every module turns a file into the records of `stancekit.train.formats.records`; which format a file has,
its content tells (`stancekit.train.formats.recognise`). What the records say is checked by
`stancekit.train.corpus` alone, whatever format they came from.
"""
