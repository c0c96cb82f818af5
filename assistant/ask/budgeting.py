"""Between the graph and the budget: what is asked, what memory there is, what a run did cost."""

from dataclasses import replace

import torch

from assistant.ask.context import Context
from assistant.ask.request import Request, Words
from assistant.ask.state import State
from assistant.budget.costs import CostModel
from assistant.budget.devices import memory_on
from assistant.budget.feedback import factor
from assistant.budget.plan import Demand, Memory, Plan, make_plan
from headrouter.hear.listener import Answer, Listening
from memory import BudgetRun, Outcome
from tools.context import Listener
from tools.showing import about

SLACK_SECONDS = 1.0  # by which the ends of a stretch or a part may move to a pause
SPOKEN_TOKENS = 2.8  # text tokens a second of fluent speech: two words, 1.4 tokens each


def wanted(state: State, context: Context, audio_tokens: int) -> Demand:
    """What is asked of the budget, with the keep ratio to begin with and why."""
    request = state.request
    listener, settings = context.models.listener(), context.settings
    keep, reason, fixed = settings.default_keep, "the usual ratio", False
    chosen = chosen_keep(request, context)
    if chosen is not None:
        keep, reason, fixed = chosen, "as you asked", True
    elif request.session is not None:
        turns = context.store.turns(request.session)
        keep, reason = rated(keep, factor(turns, request.question, state.routes))
    if listener.card.sent_to is not None:
        keep, reason, fixed = 1.0, "nothing is pruned of what is sent", True
    if state.next_keep is not None:
        keep, reason = state.next_keep, state.again
    most = min(audio_tokens, listener.card.whole_tokens)
    spoken = round(SPOKEN_TOKENS * most * listener.token_seconds)
    assumed = listener.question_tokens(request.question)
    assumed += spoken if words_on(request, context) else 0
    assumed += sum(turn_tokens(turn, listener) for turn in earlier_turns(state, context))
    return Demand(
        audio_tokens=audio_tokens,
        text_tokens=state.text_tokens or assumed,
        new_tokens=settings.max_new_tokens,
        whole_tokens=listener.card.whole_tokens,
        keep=keep,
        keep_reason=reason,
        keep_fixed=fixed,
        seconds=settings.within and settings.within / max(1, len(state.parts)),
    )


def chosen_keep(request: Request, context: Context) -> float | None:
    """The keep ratio that the user fixed, if one was."""
    return request.keep if request.keep is not None else context.settings.keep


def words_on(request: Request, context: Context) -> bool:
    """Whether the prompt carries recognised words.

    ``auto`` follows the model's card, but what is asked by ear takes no words.
    """
    choice = words_choice(request, context)
    if choice == "auto":
        return context.models.listener().card.words_by_default and not context.question.by_ear
    return choice == "on"


def words_choice(request: Request, context: Context) -> Words:
    """What was chosen for this question, or else in the settings."""
    return request.words or context.settings.words


def rated(keep: float, times: float) -> tuple[float, str]:
    """The usual keep ratio as changed by what became of similar questions, and why."""
    if times > 1.0:
        return min(1.0, times * keep), "more, because a similar question was not answered well"
    if times < 1.0:
        return times * keep, "less, because similar questions were answered well"
    return keep, "the usual ratio"


def memory_now(context: Context) -> Memory:
    """What is used and what is free, on the device that the model is on."""
    device = context.models.listener().device
    used, free = memory_on(device)
    limit = context.settings.memory_limit
    if limit is not None and limit - used < free:
        return Memory(used, max(0, limit - used), limited=True)
    return Memory(used, free)


def planned_for(demand: Demand, context: Context) -> Plan:
    """The plan for a demand, with the memory and the history of now. Raises BudgetRefused."""
    listener = context.models.listener()
    plan = make_plan(demand, listener.cost, memory_now(context), runs_of(listener, context))
    offload = listener.cost.offload
    if not offload.layers:
        return plan
    told = offload.told(listener.cost.layers, about(offload.moved))
    return replace(plan, reason=f"{plan.reason}; {told}")


def runs_of(listener: Listener, context: Context) -> list[BudgetRun]:
    """Earlier runs of a model on its device; none of one that runs elsewhere."""
    if listener.card.sent_to is not None:
        return []
    return context.store.runs(listener.model_id, placed(listener))


def placed(listener: Listener) -> str:
    """On what a model runs: runs of which layers are offloaded say nothing of others."""
    layers = listener.cost.offload.layers
    return f"{listener.device.type}, {layers} layers offloaded" if layers else listener.device.type


def earlier_turns(state: State, context: Context) -> tuple[tuple[str, str], ...]:
    """Questions and answers of the conversation, for the prompt of a model that can word answers.

    Those about the same recording, oldest first; of many the latest, so that they take no more of
    the prompt than a question may.
    """
    listener, session, chosen = context.models.listener(), state.request.session, []
    if session is None or listener.card.quotes or len(state.parts) > 1:
        return ()
    room = listener.card.longest_question
    for turn in reversed(context.store.turns(session, state.recording)):
        said = turn.question, turn.answer
        room -= turn_tokens(said, listener)
        if room < 0:
            break
        chosen.append(said)
    return tuple(reversed(chosen))


def turn_tokens(turn: tuple[str, str], listener: Listener) -> int:
    """Text tokens that an earlier question and its answer take, some more rather than fewer."""
    return sum(map(listener.question_tokens, turn))


def text_tokens(question: str, listening: Listening, listener: Listener) -> int:
    """Text tokens of the whole prompt."""
    earlier = sum(turn_tokens(turn, listener) for turn in listening.turns)
    return earlier + listener.question_tokens(listening.asked(question), listening.words)


def settle(
    plan: Plan, context: Context, memory: Memory, question: str, listening: Listening
) -> Plan:
    """The plan with its prediction made anew, now that the words in the prompt are known.

    Recognising them may have loaded a model, and speech is faster or slower than assumed.
    """
    listener = context.models.listener()
    text = text_tokens(question, listening, listener)
    new = context.settings.max_new_tokens
    run = plan.audio_tokens, text, plan.keep, new
    costs = CostModel.fitted(listener.cost, runs_of(listener, context))
    return replace(
        plan,
        run_bytes=listener.cost.run_bytes(*run, plan.piece),
        predicted_bytes=memory.used + costs.run_bytes(*run, plan.piece),
        predicted_seconds=costs.seconds(*run),
    )


def record_run(
    context: Context,
    demand: Demand,
    plan: Plan | None,
    outcome: Outcome,
    answer: Answer | None = None,
    measured_bytes: int | None = None,
) -> None:
    """Notes what a run was predicted to cost beyond the loaded model, and what it did cost."""
    listener = context.models.listener()
    if listener.card.sent_to is not None:
        return
    context.store.record_run(
        BudgetRun(
            model=listener.model_id,
            device=placed(listener),
            audio_tokens=answer.heard_tokens if answer else demand.audio_tokens,
            kept_tokens=len(answer.kept) if answer else 0,
            prompt_tokens=answer.prompt_tokens if answer else demand.text_tokens,
            keep=plan.keep if plan else demand.keep,
            predicted_bytes=plan.run_bytes if plan else 0,
            measured_bytes=measured_bytes,
            predicted_seconds=plan.predicted_seconds if plan else 0.0,
            measured_seconds=answer.prefill_seconds + answer.decode_seconds if answer else None,
            outcome=outcome,
            prefill_seconds=answer.prefill_seconds if answer else None,
            decode_seconds=answer.decode_seconds if answer else None,
            new_tokens=answer.new_tokens if answer else None,
        )
    )


def is_out_of_memory(error: BaseException) -> bool:
    """PyTorch and oneDNN, which multiplies bfloat16, say so on the CPU by a plain RuntimeError."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    said = "can't allocate memory", "could not create a primitive"
    return isinstance(error, RuntimeError) and any(text in str(error) for text in said)
