"""Which rooms of Slack, Teams and others are told of what waits?"""

from __future__ import annotations

import secrets

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from openspiff.web.access import CHANGE_CHANNELS, NotVisibleError
from openspiff.web.actions.notice_channels import (
    ChannelError,
    NewChannel,
    add_channel,
    remove_channel,
    tell_channel,
)
from openspiff.web.queries import notices as found

from ._doors import SignedInRequest, guarded, now_at


@guarded(CHANGE_CHANNELS)
@sensitive_post_parameters("address")
@require_http_methods(["GET", "HEAD", "POST"])
def rooms(request: SignedInRequest) -> HttpResponseBase:
    """Show the rooms, and add one; its address is never shown again."""
    error, status = None, 200
    if request.method == "POST":
        new = NewChannel(
            name=" ".join(request.POST.get("name", "").split()),
            address=request.POST.get("address", "").strip(),
            kinds=request.POST.getlist("kinds"),
        )
        try:
            add_channel(
                channel=new,
                nonce=secrets.token_bytes(12),
                acting_user=request.user,
                at=now_at(),
            )
        except ChannelError as problems:
            error, status = problems, 400
        else:
            return redirect(f"{reverse('notice_rooms')}?done=added")
    context = {
        "rooms": found.rooms(request.user),
        "kinds": found.room_kinds(),
        "error": error,
        "typed": request.POST,
        "chosen": request.POST.getlist("kinds"),
    }
    return render(request, "web/notice_rooms.html", context, status=status)


@guarded(CHANGE_CHANNELS)
@require_POST
def room_test(_request: SignedInRequest, channel_id: int) -> HttpResponseBase:
    """Say to a room that this is a test."""
    try:
        told = tell_channel(
            channel_id=channel_id,
            title="openspiff",
            text=_("This is a test: notices come here."),
        )
    except ChannelError:
        return redirect(f"{reverse('notice_rooms')}?done=inside")
    if told is None:
        message = f"no room {channel_id}"
        raise NotVisibleError(message)
    return redirect(f"{reverse('notice_rooms')}?done={'told' if told else 'refused'}")


@guarded(CHANGE_CHANNELS)
@require_POST
def room_gone(request: SignedInRequest, channel_id: int) -> HttpResponseBase:
    """Tell a room nothing more."""
    remove_channel(channel_id=channel_id, acting_user=request.user, at=now_at())
    return redirect(f"{reverse('notice_rooms')}?done=gone")
