"""Whether the candidate's brief, as it is printed, can be read in the time its session gives: an hour for the whole, half an hour for
the extract of a block. A pack that does not play every competence may be shorter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scenarios.brief_pdf import page_count, parts, wanted_pages
from scenarios.pack import Pack
from scenarios.pack_fields import suggestion
from scenarios.pack_files import PackProblem, Source
from scenarios.standard import Standard, load_standard


def brief_problems(pack: Pack, sources: Mapping[str, Source]) -> Iterator[PackProblem]:
    """Blocks that are none; and of a subject that plays every competence, pages too few or too many."""
    try:
        standard = load_standard(pack.identity.standard)
    except KeyError:
        return  # told of the pack itself
    ccps = [ccp.id for ccp in standard.ccps]
    read = [source for source in sources.values() if source.file.startswith(("brief/", "procedures/", "knowledge/"))]
    files = {str(source.data.get("id")): source for source in read}
    for text in pack.texts:
        for ccp in text.ccps:
            if ccp not in ccps:
                yield PackProblem(files[text.id].file, 3, f"bloc « {ccp} » inconnu{suggestion(ccp, ccps)}", "CCP")
    if not whole_subject(pack, standard):
        pages, most = page_count(pack), wanted_pages()[1]
        if pages > most:
            yield PackProblem("brief", 0, f"dossier du candidat et procédures trop longs : {pages} pages imprimées, {most} au plus")
        return
    for ccp in ("", *ccps):
        low, high = wanted_pages(ccp)
        pages = page_count(pack, ccp)
        if parts(pack, ccp) and not low <= pages <= high:
            what = f"extrait {ccp.upper()} du dossier du candidat" if ccp else "dossier du candidat"
            yield PackProblem("brief", 0, f"{what} : {pages} pages imprimées, de {low} à {high} attendues (plateau pack brief)")


def whole_subject(pack: Pack, standard: Standard) -> bool:
    """Whether every competence of the référentiel is played."""
    return {one.id for one in standard.competences} <= {simulation.competence for simulation in pack.simulations}
