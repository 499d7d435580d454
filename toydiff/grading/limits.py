"""How much a submission may take: of time, of memory, and of what it says. Each number stands here once."""

TIME = 180.0            # seconds for one notebook, by the clock, from its first cell on
CELLS = 1 / 2           # of it, of computing, for all cells; the rest is for the questions
CELL = 1 / 6            # of it, of computing, for one cell
CHECK = 10.0            # seconds of computing for one check, as in the notebook
START = 120.0           # seconds to load torch on a busy machine
GRACE = 3.0             # seconds to notice that time is up
WORKERS = 20            # that one notebook may wear out

MEMORY = 4 << 30        # bytes that a submission may hold, all its processes together
FILE = 1 << 30          # bytes in one file that it writes
BESIDE = 5_000_000      # bytes of one .py file that lies beside it
MODULES = 100           # such files

NOTEBOOK = 50_000_000   # bytes of a file that is handed in
CODE = 2_000_000        # characters of code in it
MARKS = 3_000_000       # commas and brackets in it: each may become an object in memory
CELL_COUNT = 5_000      # cells in it
LEVELS = 10             # of folders in a student's folder
OF_ONE = 40             # notebooks of one student in a folder or zip; the whole course has 23
ENTRIES = 2_000         # files of one student in a zip
UNPACKED = 1 << 30      # bytes that all of them come to
CLASS = 10_000          # things that all of a class have handed in
DIRECTORY = 10_000_000  # bytes of a zip's own list of its files, also where it is a whole class's

TEXT, BLOB = 1_000_000, 16_000_000    # bytes of one reply: of its words, of the tensors in it
NUMBERS = 1_000_000     # entries of one tensor; the largest answer of the course has 200,000
VALUES = 10_000         # plain values in one reply
DEPTH = 4               # of lists in lists
DRAWN = 20_000          # numbers in the picture of an answer; the largest of the course has 6,000

ASKED = 3               # times that one function is asked while the cells run
CANDIDATES = 20         # functions of one name that are told apart
OFFERS = 200            # times that the cells are held up for questions, by one worker
REMARKS = 20            # about one notebook
LOST = 100              # names that could not be imported
