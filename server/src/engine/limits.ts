// Bounds of the engine, each with its reason. What an operator may change comes in by EngineOptions and defaults to these.
import type { MemoryClass } from './launcher/commands.ts'
import type { ClassLimits } from './launcher/sandbox.ts'

/** Where functions find Mayfly's API, inside a cell, unless the server says otherwise. */
export const API_PORT = 4566

/** Payload of one invocation, either way: AWS's 6 MB and the 100 bytes that AWS allows on top. */
export const PAYLOAD_BYTES_MAX = 6 * 1024 * 1024 + 100

/** A streamed answer in all; AWS's bound. */
export const STREAM_BYTES_MAX = 200 * 1024 * 1024

/** READY and other small metas of a cell. */
export const META_BYTES_MAX = 4 * 1024

/** Init of a function's code, as on AWS. */
export const INIT_MS_MAX = 10_000

/** Init of instances that nobody waits for; AWS's 130 seconds, or the function's timeout where that is longer. */
export const INIT_AHEAD_MS_MAX = 130_000

/** From the boot command until READY. */
export const BOOT_MS_MAX = 10_000

/** A cell that was killed is gone from the books after this, whatever the launcher says. */
export const END_MS_MAX = 2_000

/** A cell with extensions ends by itself when it is told to: AWS gives them two seconds, and the function 0.3. */
export const SHUTDOWN_MS_MAX = 2_500

/**
 * A cell that closed its channel has mostly ended: how long a busy machine may take to say how, before it is killed for
 * what it does without a channel. A kill in between would be told as its end.
 */
export const CLOSED_CHANNEL_MS_MAX = 1_000

/** Output still under way when a cell has ended. */
export const LAST_OUTPUT_MS_MAX = 100

/** Log text of one invocation; what comes after is counted and dropped. */
export const LOG_BYTES_MAX = 8 * 1024 * 1024

/** What a cell may print at once, and how fast it earns more. */
export const PRINT_BURST_BYTES = 2 * 1024 * 1024
export const PRINT_BYTES_PER_MS = 1_000

/** What is read of it before everybody else who waits for the server has a turn. */
export const PRINT_TURN_BYTES = 64 * 1024

/** All cells together that print more than that: the rate at which they are read, and how much of one at once. */
export const FLOOD_BYTES_PER_MS = 8_000
export const FLOOD_TURN_BYTES = 16 * 1024

/** For how long anybody waits for a moment in which no quick invocation is under way. */
export const LULL_WAIT_MS_MAX = 20

/** While a cell is one of these it stands back; this often that is said. */
export const PRINT_DEMOTES_EVERY_MS = 500

/** One raw line of output. AWS cuts events at 256 KB. */
export const LINE_BYTES_MAX = 256 * 1024

/** Connections from one cell to Mayfly's API at once. */
export const API_CONNECTIONS_MAX = 128

/** Invocations waiting for an instance, per version. */
export const WAITING_MAX = 1_000

/** How long an invocation waits while all allowed instances of its version are busy. */
export const BUSY_WAIT_MS_MAX = 3_000

/** An instance that is to stand by is loaded this long after the last one was taken. */
export const STANDBY_AFTER_MS = 50

/** Instances of one version that are loaded ahead at once. */
export const AHEAD_AT_ONCE_MAX = 4

/** After an instance could not be loaded ahead the next attempt waits, twice as long each time. */
export const AHEAD_PAUSE_MS = 1_000
export const AHEAD_PAUSE_MS_MAX = 5 * 60_000

/**
 * So many instances of a version may crash one after the other, and each is replaced at once. After that the next one waits,
 * twice as long each time. Invocations that an instance outlived make up for a crash.
 */
export const CRASHES_MAX = 5
export const SURVIVALS_PER_CRASH = 10
export const CRASH_PAUSE_MS = 50
export const CRASH_PAUSE_MS_MAX = 1_000

/** An instance gives way to a version that waits and has fewer once that has waited so long. */
export const YIELD_AFTER_MS = 20

/** Where there are not instances enough for one each, a version that has none takes another one's after so long. */
export const TURN_MS = 250

/** How long an invocation waits for a cell to boot. */
export const BOOT_WAIT_MS_MAX = 15_000

/** An invocation of this length has its memory and CPU time read at its end; shorter ones share a reading now and then. */
export const METER_FROM_MS = 1
export const METER_EVERY_MS = 20

/** Idle instances live this long; where their time is learned, a cold start is worth keeping one so long. */
export const KEEP_ALIVE_MS = 10 * 60_000

/** Where the time is learned: shortest, and the times that are told apart, from the shortest to the longest. */
export const FIRST_WINDOW_MS_MIN = 60_000
export const IDLE_MS_MIN = FIRST_WINDOW_MS_MIN / 64
export const IDLE_MS_MAX = 4 * 3_600_000
export const IDLE_BINS_PER_OCTAVE = 16

/** So many times must be known before they decide; at so many, old ones begin to fade. */
export const IDLE_SAMPLES_MIN = 8
export const IDLE_SAMPLES_MAX = 256

/** Functions whose times are remembered; 1 KB each. */
export const LINEAGES_MAX = 10_000

/** An instance is loaded this share of the time earlier than the earliest call that is expected, and kept so much longer. */
export const AGAIN_MARGIN = 0.05

/** Loading an instance ahead costs as much as keeping one so long. */
export const LOAD_AHEAD_COST_MS = 5_000

/** The last instance of a version stays, frozen, when its init took at least so long: the next call is spared it. */
export const STANDBY_FROM_INIT_MS = 20

/** Share of the memory of all instances that those may have that only stand by. */
export const STANDBY_MEMORY_SHARE_MAX = 0.25

/** Idle instances of all versions together; above, the longest idle one goes. */
export const IDLE_MAX = 200

/** Idle this long, an instance is frozen. Short pauses stay warm: thawing costs a round trip to the launcher. */
export const FREEZE_AFTER_MS = 500

/** How often idle instances and waiting invocations are looked at. */
export const SWEEP_EVERY_MS = 100

/** Instances, idle or not, of all versions. */
export const INSTANCES_MAX = 1_000

/** Share of the machine's memory that instances may be promised together. */
export const MEMORY_SHARE_MAX = 0.75

/** Boots at once: to refill, and when somebody waits. More at once is slower in sum. */
export const BOOTS_TO_REFILL_MAX = 2
export const BOOTS_ON_DEMAND_MAX = 4

/** Spare copies kept of each code package. */
export const SPARES_MAX = 2

/** Files and folders of a package that is linked into a cell in one go; above, a rename of a copy made before is quicker. */
export const LINKED_AT_ONCE_MAX = 8

/** Packages whose files are kept unpacked; above, the longest unused goes. */
export const PACKAGES_MAX = 500

/** Files in one package. */
export const PACKAGE_FILES_MAX = 100_000

/** An image, unpacked; AWS's bound ("maximum uncompressed image size, including all layers"). */
export const IMAGE_BYTES_MAX = 10 * 1024 * 1024 * 1024

/** Files, folders and links of one image. */
export const IMAGE_ENTRIES_MAX = 500_000

/** All images that are kept unpacked; above, those that no cell uses go, the longest unused first. */
export const IMAGES_BYTES_MAX = 2 * IMAGE_BYTES_MAX

/** Images that are unpacked at once, in a thread each; so many more wait. */
export const UNPACKING_MAX = 2
export const UNPACKING_WAITING_MAX = 1_000

/** The heap of a thread that works on a whole tree: the names of IMAGE_ENTRIES_MAX files. */
export const TREE_THREAD_MB = 512

/** It gives way to everything else of the server: how nice it is, as Linux counts. */
export const TREE_THREAD_NICE = 10

/** From the launcher's start until it takes commands; it may have to clean up first. */
export const LAUNCHER_READY_MS_MAX = 10_000

/** The launcher is started again after this pause, doubled up to the maximum while it fails. */
export const LAUNCHER_PAUSE_MS = 50
export const LAUNCHER_PAUSE_MS_MAX = 5_000

/** How late the order may be that makes a ready cell an instance. */
export const LATE_ORDER_MS = 5

/** How long an order to the launcher that nobody waits for may stay for the next one, with which it goes. */
export const UNHURRIED_ORDER_MS = 20

/** The pause between taking a ready cell, or a spare copy of the code, and making the next one. */
export const REFILL_AFTER_MS = 20

/**
 * While more invocations run than there are cores, replacements of ready cells wait so long, and then boot so many at a time:
 * a boot takes a core for 40 ms, and those who wait for one are served by boots of their own.
 */
export const REFILL_HELD_MS_MAX = 500
export const BOOTS_TO_REFILL_BUSY_MAX = 1

/** A handler below this mean is quick: its version grows only when waiting was not enough. */
export const QUICK_BELOW_MS = 10

/** How long an invocation of a quick handler waits before its version grows. */
export const GROWTH_PAUSE_MS_PER_INSTANCE = 5
export const GROWTH_PAUSE_MS_MAX = 100

/** When the handlers of quick invocations need this long for all that wait, the version grows at once. */
export const GROW_AT_ONCE_MS = 25

/** Invocations sent to an instance before the one there is done; hides the round trip of quick handlers. */
export const PREFETCH_MAX = 4

/** The same for handlers so quick that all of these together take no longer than PREFETCH_FOR_MS: one write carries many. */
export const PREFETCH_QUICKEST_MAX = 16
export const PREFETCH_FOR_MS = 2

/** Only handlers below this mean are sent invocations ahead. */
export const PREFETCH_BELOW_MS = 5

/**
 * Below this mean as many instances as there are cores get all the work they can hold before an idle one is woken: more
 * processes would only take turns on the cores.
 */
export const CONCENTRATE_BELOW_MS = 1

/** Below this mean one instance is enough: it does more than the server can send, and each time it wakes there is more. */
export const CONCENTRATE_ON_ONE_BELOW_MS = 0.05

/** Invocations sent ahead are called back when the one before them takes longer than this. */
export const RECALL_AFTER_MS = 20

/** `/tmp` of ready cells; versions that ask for more get a cell of their own. */
export const EPHEMERAL_MB = 512

/**
 * The classes of ready cells. V8 learns its heap limit at boot and cannot see the group's: so it must be told one that
 * makes it collect before the kernel kills.
 */
export const CLASSES: Readonly<Record<MemoryClass, ClassLimits>> = {
  small: { memoryMb: 128, heapMb: 80, semiSpaceMb: 2 },
  medium: { memoryMb: 512, heapMb: 400, semiSpaceMb: 8 },
  large: { memoryMb: 1_792, heapMb: 1_440, semiSpaceMb: 16 },
  huge: { memoryMb: 10_240, heapMb: 8_192, semiSpaceMb: 16 },
}

/** Connections of one cell through the egress proxy at once. */
export const EGRESS_CONNECTIONS_MAX = 128

/** From a function's request to the proxy until the connection outside stands; names are resolved within it. */
export const EGRESS_CONNECT_MS_MAX = 10_000

/** Names that one cell has resolved at once: the system's resolver is shared by all. */
export const EGRESS_LOOKUPS_MAX = 8

/** A connection through the proxy without a byte in either direction. */
export const EGRESS_IDLE_MS_MAX = 5 * 60_000

/** A connection through the proxy in all, both directions. */
export const EGRESS_BYTES_MAX = 16 * 1024 * 1024 * 1024

/** The head of a request to the proxy. */
export const EGRESS_HEAD_BYTES_MAX = 32 * 1024

/** What one cell tried and was not allowed, in the platform's log; further attempts are only counted. */
export const BLOCKED_LOGGED_MAX = 20
/** What it says there. */
export const BLOCKED_CHARS_MAX = 1_000

/** Destinations in one function's list, and the length of one. */
export const EGRESS_DESTINATIONS_MAX = 200
export const EGRESS_DESTINATION_CHARS_MAX = 260
