/*
 * table.c - the options that several commands have, in groups.
 *
 * A group is as large as the commands allow that list it: `crux bench` searches, but runs
 * no problems, so what shapes a tree and what ends a problem are two groups of one topic.
 */
#include "io/cli/options/table.h"

#include <string.h>

#include "io/cli/options/options.h"
#include "io/cli/options/values.h"

static const char *const strategy_words[] = {"mcts", "sample",    "refine", "plan",
                                             "beam", "particles", "rag",    NULL};
static const char *const grammar_words[] = {"steps", "cr-planner", NULL};
static const char *const selection_words[] = {"uct", "puct", "greedy", "budget", NULL};
static const char *const order_words[] = {"arrival", "issued", NULL};
static const char *const send_order_words[] = {"prefix", "arrival", NULL};
static const char *const correction_words[] = {"unobserved", "virtual-loss", NULL};
static const char *const pairs_words[] = {"nearest", "reference", NULL};
static const char *const root_words[] = {"rule", "gumbel", NULL};

/* Short words for the rows below. */
#define SHARED(field)   offsetof(struct options, field)
#define BACKEND(field)  offsetof(struct options_backend, field)
#define MEANING         OPTIONS_MEANING
#define LATER           OPTIONS_LATER
#define SPEED           OPTIONS_SPEED
#define COMMAND         OPTIONS_COMMAND
#define COUNT           &values_count
#define WHOLE           &values_whole
#define CHOICE          &values_choice
#define FLAG            &values_flag
#define MONEY           &values_seconds /* billionths of the currency, as nanoseconds are of a second */
#define TEXT            &values_text
#define NO_RANGE        0, 0
#define MAX_SIMULATIONS 16777215
#define MAX_LIMIT       1000000000000
#define MAX_SECONDS     31536000
#define OFTEN           true
#define RARE            false

const struct options_topic table_topic_policies = {"policies",
                                                   "who proposes steps, and who judges"};
const struct options_topic table_topic_search = {"search",
                                                 "how a tree grows, and when a problem ends"};
static const struct options_topic table_topic_model = {"model",
                                                       "which model, its prompt and its sampling"};
const struct options_topic table_topic_server = {"server", "where it is served, keys, retries"};
static const struct options_topic table_topic_backends = {"backends",
                                                          "further models, each with a name"};
const struct options_topic table_topic_limits = {"limits",
                                                 "when the run ends, and what models cost"};
static const struct options_topic table_topic_speed = {"speed", "threads and calls in flight"};
const struct options_topic table_topic_input = {"input", "which problems, and the file of options"};
const struct options_topic table_topic_output = {"output", "stores and what is printed"};

static const struct options_row ports_rows[] = {
    {"policy", "[KIND=]NAME[:ARG]", &values_policies, MEANING, SHARED(policy), NO_RANGE, NULL,
     OFTEN,
     "Who proposes what comes next. Without KIND= it answers for every kind of step that has no "
     "policy of its own. May be repeated. numbers[:SHARPNESS] proposes the legal operations of a "
     "number puzzle; recorded:FILE[,SETTING...] replays the answers in FILE, JSON lines of "
     "problem_id and reasoning or text; process:[timeout=S:]COMMAND asks a program of yours in "
     "JSON lines and waits S seconds for a reply (300 without timeout=); chat[:BACKEND] asks a "
     "served model, and --endpoint alone means chat; doc=retrieve:CORPUS.db[,SETTING...] looks up "
     "documents in what crux index has made, and retrieve:http=SERVICE.yaml asks an engine: "
     "bytes=N of each, refuse=problem, answer or both leaves out those that say it, queries=all; "
     "with --critic execution:doc that critic ranks the --documents that were found anew; "
     "synthetic:B,D[,SEED] is a world without "
     "text."},
    {"critic", "[ROLE=]NAME[:ARG]", &values_critics, MEANING, SHARED(critic), NO_RANGE, NULL, OFTEN,
     "Who judges. Without ROLE= it judges outcomes; ROLE is outcome, execution, value, annotate or "
     "subgoal, and execution:KIND scores steps of one kind. May be repeated, once per role; "
     "ROLE=none leaves a role empty. judge[:BACKEND] asks a served model, "
     "reward:BACKEND,dialect=NAME a reward model, ratio:STRONG,WEAK two backends, http:FILE a "
     "service of JSON, process:[timeout=S:]COMMAND a program of yours; linear:FILE is what crux "
     "train has made; annotate=critique[:BACKEND][,style=mmc|deliberate|blind|panel] has a served "
     "model write critiques. Critics ask critics: ensemble:RULE[CRITIC][CRITIC], "
     "agree:[CRITIC][CRITIC], "
     "adversary:[CRITIC][CRITIC]. With a value critic --rollouts is 0 unless given. The default "
     "depends on the policy. For chat and recorded, crux solve judges outcomes by consistency, "
     "crux generate by match, which looks at the reference answer. For other policies numbers "
     "judges "
     "and annotates. run runs programs on the problem's tests, in jails on this machine "
     "(run:seconds=4,memory=512,...), and as execution or value critic recomputes the arithmetic "
     "of steps."},
    {"delay", "lognormal:MEAN_MS", TEXT, SPEED, SHARED(delay), NO_RANGE, NULL, RARE,
     "Make every policy answer late, from a thread of its own, to rehearse a served model. "
     "constant:MS always waits the same time."},
    {.name = NULL}};

static const struct options_row tree_rows[] = {
    {"selection", "RULE", CHOICE, MEANING, SHARED(setup.selection), NO_RANGE, selection_words, RARE,
     "Which child a simulation follows. uct weighs value against visits (UCB1, Auer et al. 2002; "
     "on trees, Kocsis and Szepesvari 2006); puct adds the policy's prior (Silver et al. 2017); "
     "greedy takes the best value, after it has tried each child once (MMC, arXiv 2504.11009); "
     "budget explores while little of the problem's --simulations, --calls or --tokens is spent "
     "and "
     "goes deep later, and asks for one more child where that looks best (BG-MCTS, arXiv "
     "2602.09574): with it --exploration is 1 unless it is given, which is the paper's c = 2."},
    {"exploration", "C", &values_real, MEANING, SHARED(setup.exploration), 0, 1000, NULL, RARE,
     "How much selection favours children with few visits."},
    {"first-play", "WORTH", &values_first_play, MEANING, SHARED(setup), 0, 1, NULL, RARE,
     "The value of a child that was never tried (first-play urgency, Gelly and Wang 2006). rule "
     "is what the selection rule's own paper says: its parent's mean for puct, more than any "
     "other for uct and greedy."},
    {"correction", "NAME", CHOICE, MEANING, SHARED(setup.correction), NO_RANGE, correction_words,
     RARE,
     "How a simulation in flight changes the children that it went through. unobserved counts it "
     "as a visit in the exploration term only (WU-UCT, Liu et al. 2020); virtual-loss also in "
     "the mean, as a visit of value 0 (Chaslot et al. 2008), to compare with."},
    {"root", "NAME", CHOICE, MEANING, SHARED(setup.root), NO_RANGE, root_words, RARE,
     "How the child of the root is chosen. rule treats the root like every node; with gumbel "
     "some children, drawn without replacement, share the simulations by sequential halving "
     "(Danihelka et al. 2022)."},
    {"root-children", "M", COUNT, MEANING, SHARED(setup.root_children), 1, 4096, NULL, RARE,
     "With --root gumbel: how many children of the root are considered (m in Danihelka et al. "
     "2022)."},
    {"widen", "K,A", &values_widen, MEANING, SHARED(setup), 0, 4096, NULL, RARE,
     "Ask the policy again at a node with N visits that has fewer than K N^A children "
     "(progressive widening, Coulom 2007)."},
    {"transpositions", "", FLAG, MEANING, SHARED(setup.transpositions), NO_RANGE, NULL, RARE,
     "Steps of one problem that lead to equal states share one evaluation (transpositions, "
     "Childs et al. 2008). The policy says which states are equal."},
    {"simulations", "N", COUNT, MEANING, SHARED(setup.simulations), 1, MAX_SIMULATIONS, NULL, OFTEN,
     "Simulations per problem."},
    {"depth", "N", COUNT, MEANING, SHARED(setup.depth), 1, 1024, NULL, OFTEN,
     "The most steps on a path from the problem to a node."},
    {"per-tree", "N", COUNT, MEANING, SHARED(setup.per_tree), 1, 16384, NULL, RARE,
     "Simulations in flight in one tree."},
    {"group", "K", COUNT, MEANING, SHARED(setup.group), 1, 64, NULL, RARE,
     "How many of the --per-tree simulations go down a tree together. More is faster where "
     "policies and critics answer at once; leave it at 1 where calls take long."},
    {.name = NULL}};

static const struct options_row effort_rows[] = {
    {"strategy", "NAME", CHOICE, MEANING, SHARED(setup.strategy), NO_RANGE, strategy_words, RARE,
     "mcts searches a tree; sample draws independent answers for the same number of policy "
     "calls, to compare with; refine has an answer made better by what the outcome critic says of "
     "it, again and again, then begins with another one (MMC, arXiv 2504.11009). It needs a critic "
     "that writes why, as judge does in mode steps, first and criteria, and in mode point with "
     "by=score; and a policy that makes answers better: chat or process. To end a problem with the "
     "first answer that is good enough, add --stop right=1. plan follows at each node what its "
     "critic likes best, sub-goals by critic subgoal, steps by execution (CR-Planner, arXiv "
     "2410.01428); beam keeps the --beam best steps of all; particles draws --particles of them by "
     "the odds of their scores (particle filter, arXiv 2502.01618). These three begin again at the "
     "problem, with fresh steps, until the calls are spent. rag retrieves --documents for the "
     "problem's prompt and samples answers behind them."},
    {"calls", "N", COUNT, MEANING, SHARED(setup.calls), 0, UINT32_MAX, NULL, OFTEN,
     "Policy calls per problem. All strategies get the same number, so they compare at equal "
     "cost. 0 allows as many as the simulations need, and is the default when --simulations is "
     "given. For a served model the default is 40: with these a vote solves about as much of what "
     "it can as with 100 (the tests' model server), and each call makes as many pairs."},
    {"tokens", "N", COUNT, LATER, SHARED(setup.tokens), 0, UINT32_MAX, NULL, RARE,
     "Prompt and completion tokens per problem, of policies and critics: once that many are spent, "
     "nothing new is begun there. What is in flight is finished and comes on top. Given without "
     "--calls, there is no limit in calls; --simulations holds beside it. 0 is no limit. Replies "
     "that name no tokens count as none."},
    {.name = NULL}};

static const struct options_row search_rows[] = {
    {"beam", "N", COUNT, LATER, SHARED(setup.beam), 1, 4096, NULL, RARE,
     "With --strategy beam: how many steps of a level are kept."},
    {"particles", "N", COUNT, LATER, SHARED(setup.particles), 1, 4096, NULL, RARE,
     "With --strategy particles: how many there are."},
    {"reflect", "N", COUNT, LATER, SHARED(setup.reflect), 0, 127, NULL, RARE,
     "With --strategy plan, beam and particles: an answer that is not good enough (--refine-gamma) "
     "is asked for again, up to N times, with what the outcome critic says of it: run with "
     "tests=visible says which of the visible tests fail (Reflexion, arXiv 2303.11366). For "
     "policies "
     "chat and process."},
    {"passes", "N", COUNT, LATER, SHARED(setup.passes), 0, 1000000, NULL, RARE,
     "With --strategy plan, beam and particles: how often they begin at the problem at most; 0 is "
     "until the calls are spent. The paper's plan has one."},
    {"grammar", "NAME", CHOICE, LATER, SHARED(setup.grammar), NO_RANGE, grammar_words, RARE,
     "Which kinds of step may follow which. steps: plain reasoning. cr-planner: after the problem "
     "and after whatever was done, sub-goals (reason, query, retrieve), each then carried out "
     "(CR-Planner, arXiv 2410.01428); critic subgoal scores those, critics execution:rationale, "
     "execution:query and execution:doc what carries them out. --depth counts both and is even."},
    {"subgoals", "LIST", &values_subgoals, LATER, SHARED(setup.subgoals), NO_RANGE, NULL, RARE,
     "With --grammar cr-planner: which sub-goals there are, of reason, query and retrieve; reason "
     "always. retrieve needs --policy doc=NAME."},
    {"documents", "K", COUNT, LATER, SHARED(setup.documents), 1, 4096, NULL, RARE,
     "How many documents a retrieval brings as candidates under --grammar cr-planner, of which the "
     "paper shows three, and how many strategy rag takes."},
    {"free-query", "", FLAG, LATER, SHARED(setup.free_query), NO_RANGE, NULL, RARE,
     "With --grammar cr-planner: a query may be made before any reasoning. The paper's table "
     "allows it, its critics read a rationale before every query; so it is off."},
    {"free-retrieve", "", FLAG, LATER, SHARED(setup.free_retrieve), NO_RANGE, NULL, RARE,
     "With --grammar cr-planner: what was said last, or the problem, is a query where none was "
     "made. Off, as --free-query."},
    {"refine-rounds", "T", COUNT, LATER, SHARED(setup.refine_rounds), 0, 127, NULL, RARE,
     "With --strategy refine: how often an answer is made better at most."},
    {"refine-gamma", "SCORE", &values_real, LATER, SHARED(setup.refine_gamma), 0, 1, NULL, RARE,
     "With --strategy refine and --reflect: an answer to which the outcome critic gives more than "
     "SCORE is good "
     "enough, unless its verdict is unknown. The paper gives no number; this one is ours."},
    {"rollouts", "N", COUNT, MEANING, SHARED(setup.rollouts), 0, 1024, NULL, RARE,
     "Complete answers drawn from a leaf; 0 asks the value critic instead."},
    {"branch", "HOW", &values_branch, LATER, SHARED(setup), 0, 100, NULL, RARE,
     "How many next steps a node is asked for: all, the default, is as many as --children says. "
     "entropy:LOW,HIGH asks for one, learns from it how open the next token is (its entropy in "
     "nats, from the server's log-probabilities), and leaves it at one below LOW, asks for the "
     "rest of --children from HIGH on, or where no entropy is told, and for a share of them in "
     "between (entropy-gated branching, arXiv 2503.21961). For policies chat and process."},
    {"workers-per-tree", "N", COUNT, MEANING, SHARED(setup.lanes), 1, 256, NULL, RARE,
     "How many workers may search one tree at the same time. Stores record it as lanes."},
    {"order", "ORDER", CHOICE, MEANING, SHARED(setup.order), NO_RANGE, order_words, RARE,
     "Which simulation of a tree is backed up next. arrival: the one whose answer came first. "
     "issued: the oldest, which gives the same bytes for any number of workers and calls in "
     "flight."},
    {"stop", "right=R,wrong=W", &values_stop, MEANING, SHARED(setup.stop_right), 0, 1000000, NULL,
     RARE, "End a problem when it has R distinct right and W distinct wrong answers."},
    {"pairs", "WITH", CHOICE, LATER, SHARED(setup.pairs), NO_RANGE, pairs_words, RARE,
     "Which right path a wrong one is compared with in a pair. nearest: the one that parts from it "
     "latest. reference: the one that the search has selected, which is then that of all pairs of "
     "a problem (MMC, arXiv 2504.11009); where that one is not right there are none."},
    {"probe", "N", COUNT, MEANING, SHARED(setup.probe), 0, 1000000, NULL, RARE,
     "End a problem whose first N answers are all right or all wrong; 0 turns this off."},
    {.name = NULL}};

static const struct options_row children_rows[] = {
    {"children", "N", COUNT, MEANING, SHARED(setup.children), 1, 4096, NULL, RARE,
     "How many next steps a node asks the policy for."},
    {.name = NULL}};

static const struct options_row seed_rows[] = {{"seed", "N", WHOLE, MEANING, SHARED(setup.seed), 0,
                                                INT64_MAX, NULL, OFTEN,
                                                "The seed of all random numbers."},
                                               {.name = NULL}};

static const struct options_row speed_rows[] = {
    {"workers", "N", COUNT, SPEED, SHARED(setup.workers), 1, 256, NULL, OFTEN,
     "Threads that search. The default is the number of cores."},
    {"in-flight", "N", COUNT, SPEED, SHARED(setup.in_flight), 1, OPTIONS_IN_FLIGHT_MOST, NULL,
     OFTEN, "The most calls in flight, over all trees."},
    {"open-trees", "N", COUNT, SPEED, SHARED(setup.open_trees), 0, 65536, NULL, RARE,
     "Problems searched at the same time; 0 is enough to keep all calls in flight busy."},
    {.name = NULL}};

static const struct options_row shard_rows[] = {
    {"shard", "I/N", &values_shard, SPEED, SHARED(shard), 1, 65536, NULL, RARE,
     "Take part I of N of the problems, counted from 1 and chosen by a hash of the id; crux merge "
     "makes one store of those of several parts. auto: the part of this task of a Slurm array; "
     "auto/N: "
     "also that of this pod of an indexed Kubernetes job, and where an array has gaps or is one "
     "task "
     "that is submitted again."},
    {.name = NULL}};

static const struct options_row strict_rows[] = {
    {"strict", "", FLAG, SPEED, SHARED(strict), NO_RANGE, NULL, RARE,
     "Stop at the first bad line of FILE instead of skipping it."},
    {"fields", "MINE=THEIRS", TEXT, OPTIONS_LATER, SHARED(fields), NO_RANGE, NULL, OFTEN,
     "Which members of a line are the problem's: problem=question,answer=gold,id=key. Without it "
     "common shapes are recognised."},
    {.name = NULL}};

static const struct options_row limits_rows[] = {
    {"limit-calls", "N", WHOLE, SPEED, SHARED(setup.limit_calls), 0, MAX_LIMIT, NULL, RARE,
     "End this run after N policy calls; 0 is no limit."},
    {"limit-seconds", "S", &values_seconds, SPEED, SHARED(setup.limit_ns), 0, MAX_SECONDS, NULL,
     RARE, "End this run after S seconds; 0 is no limit."},
    {"limit-tokens", "N", WHOLE, SPEED, SHARED(paid.limit_tokens), 0, MAX_LIMIT, NULL, RARE,
     "End the run before prompts and replies of served models have more than N tokens, counted "
     "since the run was first begun; 0 is no limit."},
    {"limit-price", "P", MONEY, SPEED, SHARED(paid.limit_price), 0, 1000000000, NULL, OFTEN,
     "End the run before served models cost more than P, counted since the run was first begun; "
     "0 is no limit."},
    {"deadline", "S", &values_seconds, SPEED, SHARED(setup.deadline_ns), 0, MAX_SECONDS, NULL, RARE,
     "Cancel a call that has no answer after S seconds. Its simulation is withdrawn, and the "
     "leaf may be tried again. 0 waits for ever."},
    {.name = NULL}};

static const struct options_row prices_rows[] = {
    {"price-prompt", "P", MONEY, MEANING, BACKEND(price_prompt), 0, 1000000, NULL, RARE,
     "The price of a million prompt tokens, in your currency. Prices go into the trees and the "
     "account (crux cost)."},
    {"price-cached", "P", MONEY, MEANING, BACKEND(price_cached), 0, 1000000, NULL, RARE,
     "The price of a million prompt tokens that the server had in its cache; as --price-prompt "
     "unless given."},
    {"price-completion", "P", MONEY, MEANING, BACKEND(price_completion), 0, 1000000, NULL, RARE,
     "The price of a million tokens of replies, hidden reasoning included."},
    {.name = NULL}};

static const struct options_row server_rows[] = {
    {"endpoint", "URL", &values_list, SPEED, BACKEND(endpoints), NO_RANGE, NULL, OFTEN,
     "The address of a model server: http://HOST:PORT/v1, with a query where one is wanted "
     "(?api-version=1). May be repeated: servers of the same model share the calls, and each "
     "problem stays with one of them."},
    {"endpoint-file", "FILE", TEXT, SPEED, BACKEND(roster), NO_RANGE, NULL, RARE,
     "A file that lists addresses, one a line, maybe with slots=N behind it; # begins a comment. "
     "It "
     "is read again when it has changed, while the run goes on: servers that stand there join once "
     "they answer, others finish what they have and get nothing new. While there is none, calls "
     "wait (--patience)."},
    {"api-key-env", "NAME", TEXT, COMMAND, BACKEND(key_env), NO_RANGE, NULL, RARE,
     "The environment variable that holds the server's key."},
    {"api-key-file", "FILE", TEXT, COMMAND, BACKEND(key_file), NO_RANGE, NULL, RARE,
     "A file that holds the server's key: of mode 0600, or one that nobody may write, like a "
     "mounted secret. When the server says 401 it is read again, so a key may be renewed while "
     "the run goes on."},
    {"api-key-header", "NAME", TEXT, COMMAND, BACKEND(key_header), NO_RANGE, NULL, RARE,
     "The header that the key is sent in, like api-key. The default is Authorization, behind the "
     "word Bearer."},
    {"header", "NAME: VALUE", &values_list, LATER, BACKEND(headers), NO_RANGE, NULL, RARE,
     "A header that is sent with every request. May be repeated. It is recorded with the run, so "
     "it may hold no key."},
    {"model-alias", "A=B", &values_list, SPEED, BACKEND(aliases), NO_RANGE, NULL, RARE,
     "Two names of one model, as servers answer them. An endpoint whose replies name another "
     "model than those of the others is left out. May be repeated."},
    {"cacert", "FILE", TEXT, SPEED, BACKEND(cacert), NO_RANGE, NULL, RARE,
     "The certificate authorities to trust. The default is the system's."},
    {"insecure", "", FLAG, SPEED, BACKEND(insecure), NO_RANGE, NULL, RARE,
     "Do not check the server's certificate."},
    {.name = NULL}};

static const struct options_row calls_rows[] = {
    {"slots", "N", COUNT, SPEED, BACKEND(slots), 0, 1000000, NULL, RARE,
     "How many replies each server writes at a time; so many and 128 more are sent to it. 0 is "
     "what it says itself (llama.cpp, SGLang); where nobody says, --in-flight alone limits it."},
    {"send-order", "ORDER", CHOICE, SPEED, BACKEND(send_order), NO_RANGE, send_order_words, RARE,
     "What is sent first of what waits for a server. prefix: calls of one problem, and those whose "
     "prompts begin alike, one after the other, so that the server finds the beginnings in its "
     "cache. arrival: what came first."},
    {"retries", "N", COUNT, SPEED, BACKEND(client.retries), 0, 1000, NULL, RARE,
     "Retries of a call after a temporary server fault. While no server answers at all, calls "
     "wait (--patience); then the run ends."},
    {"patience", "S", &values_seconds, SPEED, BACKEND(client.patience_ns), 1, MAX_SECONDS, NULL,
     RARE,
     "How long calls wait while servers let nothing through. Then the run ends, and can go on "
     "later."},
    {"retry-after-max", "S", &values_seconds, SPEED, BACKEND(client.retry_after_max_ns), 0,
     MAX_SECONDS, NULL, RARE,
     "The longest wait that a server may ask for. A server is never asked before the time that "
     "it names. If it names a longer wait than this, another endpoint is asked; if there is none "
     "the run ends, and can go on later."},
    {"connect-timeout", "S", &values_seconds, SPEED, BACKEND(client.connect_ns), 1, MAX_SECONDS,
     NULL, RARE, "Give up connecting to a server after S seconds, and try it again."},
    {"answer-timeout", "S", &values_seconds, SPEED, BACKEND(client.answer_ns), 1, MAX_SECONDS, NULL,
     RARE,
     "Give up a request whose answer has not begun after S seconds, and try it again. Models may "
     "be silent for minutes; headers and blanks, which servers send to keep a connection open, are "
     "no beginning. --deadline limits the whole call."},
    {"stall-timeout", "S", &values_seconds, SPEED, BACKEND(client.stall_ns), 1, MAX_SECONDS, NULL,
     RARE,
     "Give up a request whose answer has begun and then brings nothing for S seconds, and try it "
     "again."},
    {"body-timeout", "S", &values_seconds, SPEED, BACKEND(client.body_ns), 1, MAX_SECONDS, NULL,
     RARE,
     "Give up a request whose answer has begun and has not ended after S seconds, and try it "
     "again."},
    {.name = NULL}};

static const struct options_row model_rows[] = {
    {"model", "NAME", TEXT, MEANING, BACKEND(model), NO_RANGE, NULL, OFTEN,
     "The name of the served model. Not needed where the server has only one."},
    {"profile", "NAME", TEXT, MEANING, BACKEND(profile), NO_RANGE, NULL, RARE,
     "The kind of server: vllm, sglang, llamacpp, ollama, openai or generic. Without it the "
     "server is asked."},
    {"route", "NAME", TEXT, MEANING, BACKEND(route), NO_RANGE, NULL, RARE,
     "How the model is asked. completions sends prompts that crux writes to the last byte; "
     "prefill sends chats whose last turn the model continues; next asks for one step at a time, "
     "for servers that can do neither. The default is the first of these that works."},
    {"no-logprobs", "", FLAG, MEANING, BACKEND(no_logprobs), NO_RANGE, NULL, RARE,
     "Do not ask for log-probabilities of steps; then a step's prior is the number of samples "
     "that proposed it."},
    {"body", "JSON", TEXT, LATER, BACKEND(body), NO_RANGE, NULL, RARE,
     "An object that is merged into every request (RFC 7396): what it has is added or replaced, "
     "null takes a member away. {\"chat_template_kwargs\": {\"enable_thinking\": false}} "
     "switches thoughts off; {\"stop\": null, \"temperature\": null} is for models that take "
     "neither. Turns, model, n and the most tokens have options of their own."},
    {.name = NULL}};

static const struct options_row prompt_rows[] = {
    {"prompt", "NAME|FILE", TEXT, MEANING, BACKEND(prompt), NO_RANGE, NULL, OFTEN,
     "The words of the question: math, code, plain, or a file; see crux help prompt."},
    {"system", "PLACE", TEXT, LATER, BACKEND(system), NO_RANGE, NULL, RARE,
     "Where the words of the prompt's part system stand: turn is a turn of their own, user is in "
     "front of the user's. The default is what the server's chat template takes."},
    {"chat-template", "NAME|FILE", TEXT, MEANING, BACKEND(chat_template), NO_RANGE, NULL, RARE,
     "On route completions: the marks around the turns of a chat. chatml, llama3, mistral, "
     "gemma, deepseek, none, or a file with {{system}} and {{user}} in it. The default is the "
     "server's."},
    {"step-stop", "TEXT", &values_list, MEANING, BACKEND(stops), NO_RANGE, NULL, RARE,
     "The text that ends a step, with \\n, \\t and \\\\ as in C. May be repeated; the blanks "
     "that all begin with stand between two steps, and a word behind them begins the next step. "
     "The "
     "default is the prompt's, mostly \\n\\n."},
    {"step-tokens", "N", COUNT, MEANING, BACKEND(step_tokens), 0, 1000000, NULL, RARE,
     "End a step after N tokens, wherever that is (MMC, arXiv 2504.11009: 30); 0 is no such end."},
    {"split", "WAY", TEXT, LATER, BACKEND(split), NO_RANGE, NULL, RARE,
     "Where the steps of a text part: paragraphs, lines, sentences, or model, as its stop strings "
     "cut "
     "it. All but model join what claims nothing (an announcement, a heading, a line that ends in "
     "a "
     "colon) with what follows it, asking on for that, and cut no code and no displayed formula. "
     "The "
     "default is model for chat, and lines for recorded."},
    {"thoughts", "WHAT", TEXT, OPTIONS_LATER, BACKEND(thoughts), NO_RANGE, NULL, RARE,
     "What becomes of a reasoning model's thoughts: drop, so that steps are what it says behind "
     "them; keep, the same with the thoughts kept beside each finished tree (crux show, view "
     "trees); or steps, so that they are steps like all else. The default is drop."},
    {"token-ids", "", FLAG, OPTIONS_LATER, BACKEND(token_ids), NO_RANGE, NULL, RARE,
     "Ask for the numbers of the tokens of each step, and keep them with their log-probabilities "
     "beside each finished tree (view traces). Only vllm returns them."},
    {"temperature", "T", &values_real, MEANING, BACKEND(temperature), 0, 100, NULL, RARE,
     "The temperature of the sampling."},
    {"top-p", "P", &values_real, MEANING, BACKEND(top_p), 0, 1, NULL, RARE,
     "Sample from the likeliest tokens that together have probability P."},
    {"top-k", "K", COUNT, MEANING, BACKEND(top_k), 0, 1000000, NULL, RARE,
     "Sample from the K likeliest tokens; 0 is all."},
    {"min-p", "P", &values_real, MEANING, BACKEND(min_p), 0, 1, NULL, RARE,
     "Sample from tokens with at least P times the probability of the likeliest one."},
    {"max-tokens", "N", COUNT, MEANING, BACKEND(max_tokens), 1, 10000000, NULL, RARE,
     "The most tokens of a reply. A reply that was cut there is marked."},
    {"context", "TOKENS", COUNT, MEANING, BACKEND(context), 0, UINT32_MAX, NULL, RARE,
     "The most tokens of prompt and reply together; 0 is what the server says."},
    {"per-request", "N", COUNT, SPEED, BACKEND(per_request), 0, OPTIONS_PER_REQUEST_MOST, NULL,
     RARE,
     "Candidates per request; 0 is as many as the server takes, or a fourth of the slots that it "
     "tells. A run that goes on has the number that it had."},
    {.name = NULL}};

static const struct options_row backends_rows[] = {
    {"backend", "NAME.KEY=VALUE", &values_setting, COMMAND, SHARED(setup), NO_RANGE, NULL, RARE,
     "A setting of another model server: --backend judge.endpoint=URL --backend "
     "judge.temperature=0. May be repeated. KEY is an option of the topics model and server, a "
     "price, or in-flight. In a file the settings stand under 'backends: NAME:'. The options "
     "themselves describe the backend without a name. --policy chat:NAME asks the backend of "
     "that name."},
    {.name = NULL}};

static const struct options_row named_rows[] = {
    {"in-flight", "N", COUNT, SPEED, BACKEND(in_flight), 0, OPTIONS_IN_FLIGHT_MOST, NULL, RARE,
     "The most calls in flight to this backend; 0 has no limit but the run's."},
    {.name = NULL}};

static const struct options_row replay_rows[] = {
    {"replay", "RUN.db", TEXT, COMMAND, SHARED(paid.replay), NO_RANGE, NULL, RARE,
     "Ask no served model: take every reply from the ledger of this store, and fail what it does "
     "not have. With another --store the run is done again there."},
    {.name = NULL}};

static const struct options_row store_rows[] = {{"store", "RUN.db", TEXT, COMMAND, SHARED(store),
                                                 NO_RANGE, NULL, OFTEN,
                                                 "The run's store, one SQLite file."},
                                                {.name = NULL}};

static const struct options_row patience_rows[] = {
    {"store-patience", "S", &values_seconds, SPEED, SHARED(store_patience_ns), 0, MAX_SECONDS, NULL,
     RARE,
     "While the disk is full or another program keeps the store locked, ask nothing new, keep what "
     "comes in memory, and try again for S seconds before the run ends."},
    {"grace", "S", &values_seconds, SPEED, SHARED(grace_ns), 0, MAX_SECONDS, NULL, RARE,
     "How long an interrupted run (Ctrl-C, SIGTERM, crux ctl stop) waits for the calls that are "
     "out. "
     "What has not come by then is left, and the same command asks for it again."},
    {.name = NULL}};

static const struct options_row json_rows[] = {{"json", "", FLAG, COMMAND, SHARED(json), NO_RANGE,
                                                NULL, OFTEN,
                                                "Print JSON on standard output, for machines."},
                                               {.name = NULL}};

static const struct options_row quiet_rows[] = {
    {"quiet", "", FLAG, COMMAND, SHARED(quiet), NO_RANGE, NULL, RARE, "Print no progress line."},
    {.name = NULL}};

static const struct options_row config_rows[] = {
    {"config", "FILE", TEXT, COMMAND, SHARED(config), NO_RANGE, NULL, OFTEN,
     "Read options from a YAML file. Keys are the long flags without --; an option that may be "
     "repeated takes a list. A flag wins over the file. The file may hold options of other "
     "commands too."},
    {.name = NULL}};

static const struct options_row preset_rows[] = {
    {"preset", "NAME", TEXT, COMMAND, SHARED(preset), NO_RANGE, NULL, OFTEN,
     "Begin with the options of a preset, a YAML file that ships: crux help presets. What --config "
     "and flags say counts more. A run records the options, not the name."},
    {.name = NULL}};

static const struct options_row help_rows[] = {
    {"help", "", FLAG, COMMAND, SHARED(help), NO_RANGE, NULL, RARE, "Print this page."},
    {.name = NULL}};

const struct options_group table_ports = {&table_topic_policies, OPTIONS_SHARED, ports_rows};
const struct options_group table_tree = {&table_topic_search, OPTIONS_SHARED, tree_rows};
const struct options_group table_effort = {&table_topic_search, OPTIONS_SHARED, effort_rows};
const struct options_group table_search = {&table_topic_search, OPTIONS_SHARED, search_rows};
const struct options_group table_children = {&table_topic_search, OPTIONS_SHARED, children_rows};
const struct options_group table_seed = {&table_topic_search, OPTIONS_SHARED, seed_rows};
const struct options_group table_speed = {&table_topic_speed, OPTIONS_SHARED, speed_rows};
const struct options_group table_shard = {&table_topic_input, OPTIONS_SHARED, shard_rows};
const struct options_group table_strict = {&table_topic_input, OPTIONS_SHARED, strict_rows};
const struct options_group table_limits = {&table_topic_limits, OPTIONS_SHARED, limits_rows};
const struct options_group table_prices = {&table_topic_limits, OPTIONS_BACKEND, prices_rows};
const struct options_group table_server = {&table_topic_server, OPTIONS_BACKEND, server_rows};
const struct options_group table_calls = {&table_topic_server, OPTIONS_BACKEND, calls_rows};
const struct options_group table_model = {&table_topic_model, OPTIONS_BACKEND, model_rows};
const struct options_group table_prompt = {&table_topic_model, OPTIONS_BACKEND, prompt_rows};
const struct options_group table_backends = {&table_topic_backends, OPTIONS_SHARED, backends_rows};
const struct options_group table_named = {&table_topic_backends, OPTIONS_NAMED, named_rows};
const struct options_group table_replay = {&table_topic_limits, OPTIONS_SHARED, replay_rows};
const struct options_group table_store = {&table_topic_output, OPTIONS_SHARED, store_rows};
const struct options_group table_patience = {&table_topic_output, OPTIONS_SHARED, patience_rows};
const struct options_group table_json = {&table_topic_output, OPTIONS_SHARED, json_rows};
const struct options_group table_quiet = {&table_topic_output, OPTIONS_SHARED, quiet_rows};
const struct options_group table_config = {&table_topic_input, OPTIONS_SHARED, config_rows};
const struct options_group table_preset = {&table_topic_input, OPTIONS_SHARED, preset_rows};
const struct options_group table_help = {&table_topic_output, OPTIONS_SHARED, help_rows};

const struct options_group *const table_groups[] = {
    &table_ports, &table_tree,  &table_effort,   &table_search,   &table_children, &table_seed,
    &table_speed, &table_shard, &table_strict,   &table_limits,   &table_prices,   &table_server,
    &table_calls, &table_model, &table_prompt,   &table_backends, &table_named,    &table_replay,
    &table_store, &table_json,  &table_patience, &table_quiet,    &table_config,   &table_preset,
    &table_help,  NULL};

/* --- looking up ------------------------------------------------------------------------- */

bool table_is_flag(const struct options_group *group)
{
    return group->home != OPTIONS_NAMED;
}

bool table_is_named(const struct options_group *group)
{
    return group->home == OPTIONS_BACKEND || group->home == OPTIONS_NAMED;
}

bool table_next(const struct options_command *command, struct options_place *place)
{
    size_t number = place->row == NULL ? 0 : place->number + 1;
    const struct options_row *row = place->row == NULL ? NULL : place->row + 1;
    size_t group = 0;

    if (place->row != NULL)
        while (command->groups[group] != place->group)
            group++;
    for (; command->groups[group] != NULL; group++, row = NULL) {
        if (row == NULL)
            row = command->groups[group]->rows;
        if (row->name == NULL)
            continue;
        *place = (struct options_place){command->groups[group], row, number};
        return true;
    }
    return false;
}

size_t table_count(const struct options_command *command)
{
    struct options_place place = {.row = NULL};
    size_t count = 0;

    while (table_next(command, &place))
        count++;
    return count;
}

bool table_find(const struct options_command *command, const char *name, size_t length, bool named,
                struct options_place *out)
{
    struct options_place place = {.row = NULL};

    while (table_next(command, &place))
        if (strlen(place.row->name) == length && strncmp(place.row->name, name, length) == 0 &&
            (named ? table_is_named(place.group) : table_is_flag(place.group))) {
            *out = place;
            return true;
        }
    return false;
}
